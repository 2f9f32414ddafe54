/** Of a light or a dark page, as `#rrggbb`. The tests hold the contrast of each pair that meets (WCAG 2.1, AA). */
export interface Scheme {
  readonly paper: string;
  readonly raised: string;
  readonly ink: string;
  readonly dim: string;
  readonly line: string;
  /** Around a group without a colour of its own. */
  readonly rule: string;
  readonly accent: string;
  readonly good: string;
  readonly open: string;
  readonly bad: string;
  /** Behind what is added and what is taken away. */
  readonly added: string;
  readonly removed: string;
}

export const LIGHT: Scheme = {
  paper: "#fcfcfb",
  raised: "#f3f4f4",
  ink: "#1b1e22",
  dim: "#565d68",
  line: "#dcdfe3",
  rule: "#b9bfc8",
  accent: "#1a5cb0",
  good: "#17693a",
  open: "#80500a",
  bad: "#a8221c",
  added: "#def3e2",
  removed: "#fde3e1",
};

export const DARK: Scheme = {
  paper: "#15171a",
  raised: "#1e2125",
  ink: "#e5e7ea",
  dim: "#a2a9b4",
  line: "#343940",
  rule: "#565d67",
  accent: "#8bb7f5",
  good: "#7fd09a",
  open: "#e6b566",
  bad: "#f59a92",
  added: "#16321f",
  removed: "#43201f",
};

/** What a group is drawn with: its ground, its edge, and the text on it. */
export interface Hue {
  readonly ground: string;
  readonly edge: string;
  readonly text: string;
}

/** Neighbours in this list look the least alike. */
export const HUES: readonly { readonly light: Hue; readonly dark: Hue }[] = [
  hue("#daedff #4c82c6 #174276", "#152a43 #5788c7 #c4e1ff"),
  hue("#fbe8ce #a97416 #603800", "#382404 #ad7c2f #f6d9b2"),
  hue("#efe6ff #8c6ebd #4b346f", "#2d2240 #9076be #e4d6ff"),
  hue("#d9f3dd #439458 #085023", "#12301a #519962 #c3eac9"),
  hue("#ffe1e7 #ba5f76 #6c273b", "#3f1c25 #bd687d #ffced9"),
  hue("#cef4f1 #009690 #00524e", "#00312f #009b95 #b0ebe7"),
  hue("#ffe3d7 #bb6546 #6d2c13", "#3f1e13 #be6e52 #ffd1c1"),
  hue("#eaefd1 #7e8826 #414800", "#282c07 #848e38 #dce3b6"),
];

function hue(light: string, dark: string): { readonly light: Hue; readonly dark: Hue } {
  const of = (colours: string): Hue => {
    const [ground = "", edge = "", text = ""] = colours.split(" ");
    return { ground, edge, text };
  };
  return { light: of(light), dark: of(dark) };
}
