// @ts-check
// The state of an explorer: replaced as a whole, and who draws it is told.

/**
 * @template {object} State
 * @param {State} first
 */
export const storeOf = first => {
  let state = first;
  /** @type {((state: State, before: State) => void)[]} */
  const watchers = [];
  return {
    get state() {
      return state;
    },
    /** @param {Partial<State>} patch */
    set(patch) {
      const before = state;
      state = {...state, ...patch};
      for (const watch of watchers) watch(state, before);
    },
    /** @param {(state: State, before: State) => void} watch */
    watch(watch) {
      watchers.push(watch);
    },
  };
};
