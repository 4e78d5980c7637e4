// Grids of numbers.

export const cellOf = event => event.target.closest?.(".cell");
