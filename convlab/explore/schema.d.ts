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

export interface ConvolutionSettings {
  mode: "correlation" | "convolution" | "transposed" | "max" | "average";
  kernel: [number, number];
  stride: [number, number];
  padding: [number, number];
  dilation: [number, number];
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

export interface Conv1dSettings {
  kernel: string;
  stride: number;
  padding: number;
  dilation: number;
}

export interface Conv1dMost {
  stride: [number, number];
  padding: [number, number];
  dilation: [number, number];
}

export interface Conv1dLimits {
  P: [string, string];
  Y: [string, string];
}

export interface Conv1dTable {
  K: string;
  code: string;
  reach: string;
  rows: number[];
  products: string[];
  Y: Record<string, string>;
  limits: Conv1dLimits;
}

export interface Conv1dTables {
  X: string;
  limits: [string, string];
  most: Conv1dMost;
  products: string[];
  tables: Record<string, Conv1dTable>;
}

export type Conv1dEdit = [string, string, number, number | null, number];

export interface ActivationTable {
  code: string;
  y: string;
  slope: string;
  ends: [string, string];
  through: string[];
}

export interface ActivationFunction {
  label: string;
  choices: Record<string, (number | string)[]>;
  tables: Record<string, ActivationTable>;
}

export interface ActivationTables {
  x: string;
  every: number;
  layers: number;
  functions: Record<string, ActivationFunction>;
}

export interface ActivationSettings {
  name: string;
  other: string;
  parameters: Record<string, Record<string, number | string>>;
}

export type DescentVerdict = "converges" | "crawls" | "swings" | "diverges" | "stands";

export interface DescentPath {
  how: "converges" | "crawls" | "swings" | "diverges" | "stands";
  weights: string[];
  gradients: string[];
  losses: string;
}

export interface DescentSurface {
  around: [[number, number], [number, number]];
  picture: string;
  lines: string;
  ticks: [number, string][][];
  decades: [number, string][];
  low: number;
  high: number;
}

export interface DescentTables {
  around: [[number, number], [number, number]];
  picture: string;
  lines: string;
  ticks: [number, string][][];
  decades: [number, string][];
  low: number;
  high: number;
  steps: number;
  rates: number[];
  starts: number[][];
  paths: DescentPath[][];
}

export interface DescentChosen {
  start: number[];
  lr: number;
}

export interface DescentChosen {
  start: number[];
  lr: number;
}

export interface DescentAnswer {
  path: DescentPath;
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

export type ReceptiveFieldQuestion = Record<string, number[][]>;

export interface ReceptiveFieldAnswer {
  picture: number[][] | string;
  tables: StripTables;
}
