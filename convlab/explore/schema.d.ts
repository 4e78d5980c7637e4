// Written by `python -m tests.support.typescript` from schema.py.

export type ConvolutionPair = [number, number];

export type ConvolutionRange = [number, number];

export type ConvolutionMode = "correlation" | "convolution" | "transposed" | "max" | "average";

export interface ConvolutionSettings {
  mode: "correlation" | "convolution" | "transposed" | "max" | "average";
  kernel: [number, number];
  stride: [number, number];
  padding: [number, number];
  dilation: [number, number];
}

export interface ConvolutionRanges {
  kernel: [[number, number], [number, number]];
  stride: [[number, number], [number, number]];
  padding: [[number, number], [number, number]];
  dilation: [[number, number], [number, number]];
}

export interface ConvolutionAxis {
  padding: number;
  meets: number[][];
}

export interface ConvolutionAxes {
  rows: Record<string, ConvolutionAxis>;
  columns: Record<string, ConvolutionAxis>;
}

export interface ConvolutionNumbers {
  Y: string;
  where?: string;
}

export interface ConvolutionTable {
  Y: string;
  where?: string;
  rows: ConvolutionAxis;
  columns: ConvolutionAxis;
}

export interface ConvolutionTables {
  size: [[number, number], [number, number]];
  own: boolean;
  period: [number, number];
  X: string;
  K: string;
  products: string[];
  most: Record<string, ConvolutionRanges>;
  tables: Record<string, Record<string, ConvolutionNumbers>>;
  axes: Record<string, ConvolutionAxes>;
  ranges: Record<string, ConvolutionRanges>;
}

export interface ConvolutionAnswer {
  table: ConvolutionTable;
}

export type ConvolutionEdit = ["X" | "K", number, string];

export interface KernelChosen {
  weights: number[];
  range: number;
}

export interface KernelRange {
  name: string;
  divisor: number;
  bias: number;
}

export interface KernelDescription {
  weights: number[];
  texts: string;
  says: string;
  range: number;
}

export interface KernelTables {
  photo: string;
  levels: string;
  ranges: KernelRange[];
  kernels: Record<string, KernelDescription>;
  largest: number;
}

export interface KernelQuestion {
  weights: number[];
  at: [number, number];
  range?: number;
}

export interface KernelAnswer {
  texts: string;
  says: string;
  products: string;
  sum: string;
  picture?: string;
}

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
