// Written by `python -m tests.support.typescript` from schema.py.

export type StripRun = [number, number, number, number];

export interface Strip {
  name: string;
  operation: string;
  units: number;
  size: number;
  step: string;
  reads: [number, number][];
  reach: [number, number, number, number][];
  spot: [number, number];
  kernel?: number[];
  stride?: number[];
  dilation?: number[];
  padding?: number | string;
  dilates?: boolean;
  spans?: number;
}

export interface StripTables {
  patterns: (number[] | null)[];
  reads: [number, number, number, number][][];
  strips: Strip[];
}

export type StripPicture = number[][] | string;

export interface ReceptiveFieldTables {
  patterns: (number[] | null)[];
  reads: [number, number, number, number][][];
  strips: Strip[];
  pictures: Record<string, number[][] | string>;
  axes: string[];
  most: [number, number, number];
}

export type ReceptiveFieldChanges = Record<string, number[][]>;

export interface ReceptiveFieldAnswer {
  picture: number[][] | string;
  tables: StripTables;
}
