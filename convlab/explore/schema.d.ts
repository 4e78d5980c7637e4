// schema.py in TypeScript; the words stand there.

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

export interface DescentAnswer {
  path: DescentPath;
}
