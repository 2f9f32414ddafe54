import { sha256Of } from "../../sha256.ts";
import type { Markup } from "./markup.ts";
import { markup } from "./markup.ts";
import type { Hue, Scheme } from "./palette.ts";
import { DARK, HUES, LIGHT } from "./palette.ts";

/** Nothing may be loaded or run; the only style is the one with this digest. */
export function policyFor(style: Markup): string {
  const digest = Buffer.from(sha256Of(style.written), "hex").toString("base64");
  return `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`;
}

function colours(scheme: Scheme, hues: readonly Hue[]): Markup {
  const plain = Object.entries(scheme) as [string, string][];
  return markup`${plain.map(([name, colour]) => markup`--${name}:${colour};`)}${hues.map(({ ground, edge, text }, at) => markup`--ground${at}:${ground};--edge${at}:${edge};--text${at}:${text};`)}`;
}

const LEVELS = [...Array(13).keys()];
/** Links of a chain that light up their sentence. */
const LINKS = [...Array(12).keys()].map((at) => at + 1);

/** Print is always light: the dark colours are for screens. */
export const STYLE: Markup = markup`
:root{color-scheme:light dark;${colours(
  LIGHT,
  HUES.map(({ light }) => light),
)}--mono:ui-monospace,"SF Mono","Cascadia Mono","Segoe UI Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media screen and (prefers-color-scheme:dark){:root{${colours(
  DARK,
  HUES.map(({ dark }) => dark),
)}}}
*{box-sizing:border-box}
html{scroll-padding-top:1.5rem;-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;max-width:70rem;padding:2.5rem clamp(.9rem,4vw,2.5rem) 4rem;background:var(--paper);color:var(--ink);font:400 1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;overflow-wrap:anywhere}
h1,h2,h3,h4,p,ul,ol,dl,dd,pre{margin:0;padding:0}
h1{font-size:clamp(1.7rem,5vw,2.3rem);line-height:1.2;font-weight:650;letter-spacing:-.015em}
h2{font-size:1.3rem;line-height:1.3;font-weight:650;letter-spacing:-.008em;margin:3.2rem 0 1rem;padding-top:1rem;border-top:1px solid var(--line)}
h3{font-size:1rem;font-weight:600;line-height:1.5}
h4{font-size:.85rem;font-weight:600;color:var(--dim);margin-top:.7rem}
section>h3{margin:1.4rem 0 .5rem}
code,pre{font-family:var(--mono);font-size:.86em}
pre{white-space:pre-wrap;line-height:1.5}
small{font-size:.84em;color:var(--dim)}
a{color:var(--accent);text-decoration-thickness:1px;text-underline-offset:.18em}
a code{color:inherit}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:.2rem}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:-100vw;top:.5rem;background:var(--paper);padding:.4rem .8rem}
.skip:focus{left:1rem}
.kicker{color:var(--dim);font-size:.85rem;letter-spacing:.02em}
.sub{color:var(--dim);margin-top:.25rem}
.note{color:var(--dim);font-size:.88rem}
.lines{white-space:pre-wrap}
.bar{border-left:4px solid var(--tone,var(--line));padding-left:.9rem}
.good{--tone:var(--good)}
.open{--tone:var(--open)}
.bad{--tone:var(--bad)}
.verdict{margin:1.4rem 0;font-size:1.12rem;font-weight:600;line-height:1.45}
.status{color:var(--tone);font-weight:650}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(9rem,100%),1fr));gap:.9rem 1.5rem;margin-bottom:1.2rem}
.tiles dt{color:var(--dim);font-size:.82rem}
.tiles dd{font-weight:600;line-height:1.4}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;list-style:none;margin-top:1.4rem;font-size:.92rem}
.plainlist,.members,.singles,.chain{list-style:none}
.stack{display:grid;grid-template-columns:minmax(0,1fr);gap:.9rem}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(21rem,100%),1fr));gap:.9rem;align-items:start}
.columns{columns:21rem;column-gap:.9rem}
.columns .card{break-inside:avoid;margin-bottom:.9rem}
.card{background:var(--raised);border-radius:.5rem;padding:.8rem 1rem;min-width:0}
.card.bar{border-radius:0 .5rem .5rem 0;padding-left:.9rem}
.card p+p,.card h3+p,.card pre+p,.value+.note{margin-top:.35rem}
.members li{margin-top:.3rem;font-size:.94rem;line-height:1.45}
.members .bridge,.bridge{color:var(--dim)}
.reasons{padding-left:1.3rem;font-size:.94rem}
.reasons li{margin-top:.3rem;padding:.05rem .3rem;border-radius:.25rem}
.chip{display:inline-block;max-width:100%;border:1px solid var(--line);border-radius:1rem;padding:0 .6em;font-size:.78rem;font-weight:500;line-height:1.5;color:var(--dim);background:var(--paper);vertical-align:.08em}
.chip.role{border-color:var(--accent);color:var(--accent);font-weight:650}
.pills{display:block;margin-top:.15rem}
.members+.pills{margin-top:.5rem}
.pill{display:inline-block;min-width:2.1em;padding:0 .45em;border:1.5px solid var(--edge,var(--dim));border-radius:.35rem;background:var(--ground,transparent);color:var(--text,var(--dim));font-size:.84rem;font-weight:650;line-height:1.45;text-align:center;text-decoration:none;font-variant-numeric:tabular-nums}
.pill.none{border-style:dashed;font-weight:400}
a.pill:hover{text-decoration:underline}
.edge{border-left:4px solid var(--edge,var(--line))}
.singles{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(15rem,100%),1fr));gap:.35rem 1.2rem;font-size:.92rem}
section>.columns+h3{margin-top:.9rem}
${HUES.map(
  (_, at) => markup`.h${at}{--ground:var(--ground${at});--edge:var(--edge${at});--text:var(--text${at})}
`,
)}
.tree{width:100%;border-collapse:separate;border-spacing:0;margin:1.1rem 0 1.3rem;--step:1.15rem}
.tree thead th{font-size:.8rem;font-weight:600;color:var(--dim);text-align:left;padding:0 .3rem .4rem;white-space:nowrap;vertical-align:bottom}
.tree thead th:not(:last-child){text-align:center}
.tree thead small{display:block;font-weight:400}
.tree th:last-child{width:100%}
.tree tbody th{text-align:left;font-weight:400;line-height:1.4;padding:.22rem .3rem .22rem calc(.75rem + var(--n,0)*var(--step));background:repeating-linear-gradient(to right,var(--line) 0 1px,transparent 1px var(--step)) .75rem 0/calc(var(--n,0)*var(--step)) 100% no-repeat}
.tree .bus th{padding:.7rem .3rem .25rem;background:none;font-size:.85rem;font-weight:600;color:var(--dim)}
.tree code{font-size:.84em;margin-right:.25em}
.tree tbody small{display:inline-block;max-width:100%}
.g{position:relative;min-width:3.9rem;padding:.22rem 0;text-align:center;vertical-align:top;line-height:1.4;font-size:.84rem;font-variant-numeric:tabular-nums;color:var(--text,var(--dim))}
.g::before{content:"";position:absolute;z-index:-1;inset:0 .2rem;background:var(--ground,var(--paper));border:0 solid var(--edge,var(--rule));border-width:0 1.5px}
.g.first::before{top:1px;border-top-width:1.5px;border-top-left-radius:.4rem;border-top-right-radius:.4rem}
.g.last::before{bottom:1px;border-bottom-width:1.5px;border-bottom-left-radius:.4rem;border-bottom-right-radius:.4rem}
.g.none::before{display:none}
.g a{color:inherit;text-decoration:none;font-weight:700}
.g a:hover{text-decoration:underline}
.tree{position:relative;z-index:0}
${LEVELS.map(
  (n) => markup`.l${n}{--n:${n}}
`,
)}.cause{display:block;color:var(--dim);font-size:.86rem}
.cause.near{color:var(--open)}
tr:target th,li:target,article:target{box-shadow:0 0 0 2px var(--accent);border-radius:.3rem}
.why h3 bdi{font-weight:400}
.and{color:var(--dim);font-weight:400}
.why>p{margin-top:.6rem}
.chain{display:flex;flex-wrap:wrap;align-items:center;margin:.6rem 0;row-gap:.4rem}
.chain li{display:flex;align-items:center;min-width:0}
.node{border:1px solid var(--dim);border-radius:.4rem;padding:.1rem .55rem;background:var(--paper);color:var(--ink);text-decoration:none;font-size:.9rem}
.node:hover{text-decoration:underline}
.node b{font-weight:650;color:var(--accent)}
.tie{display:flex;align-items:center}
.tie::before,.tie::after{content:"";width:.7rem;border-top:2px solid var(--dim)}
.link{display:inline-block;min-width:1.7rem;border:2px solid var(--open);border-radius:1rem;text-align:center;font-size:.82rem;font-weight:700;line-height:1.4rem;color:var(--open);text-decoration:none;background:var(--paper)}
.link:hover{text-decoration:underline}
${LINKS.map(
  (
    at,
  ) => markup`.chain:has(a.k${at}:hover)+.reasons .k${at},.chain:has(a.k${at}:focus-visible)+.reasons .k${at}{background:var(--paper);box-shadow:0 0 0 2px var(--open)}
`,
)}.changes li{padding:.6rem 0;border-top:1px solid var(--line)}
.changes li:first-child{border-top:0;padding-top:0}
.sign{display:inline-block;min-width:1.1em;font-family:var(--mono);font-weight:700}
.sign.added{color:var(--good)}
.sign.updated{color:var(--open)}
.sign.removed{color:var(--bad)}
.value{font-family:var(--mono);font-size:.86rem;line-height:1.5;margin-top:.2rem}
ins,del{text-decoration:none;color:inherit}
ins{background:var(--added)}
del{background:var(--removed)}
.value ins,.value del{display:block;padding:.1rem .6rem .1rem 1.7rem;text-indent:-1.1rem;border-radius:.25rem}
.value ins::before{content:"+ "}
.value del::before{content:"− "}
mark{background:none;color:inherit;font-weight:700;text-decoration:underline;text-underline-offset:.2em}
.quiet li{color:var(--dim);font-size:.94rem;margin-top:.3rem}
.fields>div{display:grid;grid-template-columns:7.5rem minmax(0,1fr);gap:.1rem 1rem;padding:.5rem 0;border-top:1px solid var(--line)}
.fields>div:first-child{border-top:0}
.fields dt{color:var(--dim);font-size:.9rem}
.fields.small{font-size:.9rem}
.fields.small>div{padding:.3rem 0}
.file{margin-top:1.3rem}
.file pre,.steps pre,.card pre{background:var(--raised);border-radius:.4rem;padding:.6rem 0;margin-top:.4rem;font-size:.82rem}
.steps pre,.card pre{padding:.5rem .8rem}
.card pre{background:var(--paper)}
.diff>*{display:block;padding:0 .8rem 0 1.9rem;text-indent:-1.1rem}
.diff .hunk,.diff .same{color:var(--dim)}
.steps{padding-left:1.7rem}
.steps li{margin-top:.9rem}
.steps li::marker{color:var(--dim);font-variant-numeric:tabular-nums}
footer{margin-top:3.5rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--dim);font-size:.88rem}
@media (max-width:40rem){
body{padding-top:1.4rem}
h2{margin-top:2.4rem}
.tree{--step:.6rem;font-size:.92rem}
.g{min-width:2.7rem}
.tree thead th{white-space:normal;line-height:1.25}
.g::before{inset:0 .1rem}
.tree tbody th{padding-left:calc(.5rem + var(--n,0)*var(--step));background-position:.5rem 0}
.tree .bus th{padding-left:.3rem}
.fields>div{grid-template-columns:minmax(0,1fr)}
}
@media print{
:root{--paper:#fff}
@page{margin:14mm}
body{max-width:none;background:none;padding:0;font-size:10pt}
nav,.skip{display:none}
a{color:inherit;text-decoration:none}
h2,h3{break-after:avoid}
.card,.tree tr,.changes li,.fields>div,.steps li{break-inside:avoid}
.g::before,.pill,.card,ins,del{print-color-adjust:exact;-webkit-print-color-adjust:exact}
thead{display:table-header-group}
}
`;
