// SPDX-License-Identifier: MIT
#include "cli/report/style.h"

namespace slotscope::cli::report {

namespace {

constexpr std::string_view kStyle = R"(:root {
  --paper: #fcfcfb; --ink: #1a1c1e; --faint: #5c6369; --rule: #dfe2e4; --box: #f2f4f5;
  --use: #2a6fb0; --band: #b9d3ea; --limit: #c22f2f; --p95: #8a5a00; --span: #f6e3da;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #15181b; --ink: #e7eaec; --faint: #a2abb3; --rule: #333a40; --box: #1e2327;
    --use: #6cb0ee; --band: #24476a; --limit: #ff7a70; --p95: #e0b050; --span: #3a2723;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 24px 20px 40px; max-width: 860px; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: anywhere;
}
h1 { font-size: 1.5rem; line-height: 1.3; margin: 4px 0 14px; }
h2 { font-size: 1.05rem; margin: 36px 0 10px; padding-bottom: 4px; border-bottom: 1px solid var(--rule); }
p { margin: 0 0 10px; }
.small, footer { color: var(--faint); font-size: 0.875rem; }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.9em; }
.pills { display: flex; flex-wrap: wrap; gap: 8px; margin-bottom: 18px; }
.pill { border: 1px solid var(--rule); background: var(--box); border-radius: 16px; padding: 2px 12px; font-size: 0.9rem; }
.pill b { font-weight: 600; }
.alarm { border-color: var(--limit); color: var(--limit); }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 10px 20px; margin: 0; }
.facts dt { color: var(--faint); font-size: 0.8125rem; }
.facts dd { margin: 0; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--faint); font-size: 0.8125rem; white-space: nowrap; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--rule); vertical-align: top; overflow-wrap: normal; }
td.long { overflow-wrap: anywhere; min-width: 130px; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.bar { width: 140px; }
svg.bar { display: block; width: 100%; min-width: 80px; height: 10px; margin-top: 0.45em; }
.bar .track { fill: var(--box); }
.bar .part { fill: var(--use); }
ol.chain { list-style: none; margin: 0; padding: 0; }
ol.chain li { border: 1px solid var(--rule); background: var(--box); border-radius: 8px; padding: 8px 14px; margin-bottom: 24px; position: relative; }
ol.chain li + li::before { content: "\2193"; position: absolute; top: -25px; left: 16px; color: var(--faint); }
ol.chain li:last-child { margin-bottom: 10px; }
ol.advice, ul { padding-left: 1.3em; margin: 0; }
ol.advice li, ul li { margin-bottom: 10px; }
.change { display: block; background: var(--box); border: 1px solid var(--rule); border-radius: 6px; padding: 6px 10px; margin: 2px 0 4px; white-space: pre-wrap; }
details { margin-top: 10px; }
summary { cursor: pointer; color: var(--faint); font-size: 0.875rem; }
svg.chart { display: block; width: 100%; height: auto; }
svg.narrow { display: none; }
svg text { fill: var(--faint); font-size: 11px; font-variant-numeric: tabular-nums; }
svg text.title { fill: var(--ink); font-size: 12px; font-weight: 600; }
svg text.hit-text { fill: var(--limit); font-weight: 600; paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
.grid { stroke: var(--rule); stroke-width: 1; }
.hit { stroke: var(--limit); stroke-width: 1.5; }
.episode { fill: var(--span); opacity: 0.55; }
path { fill: none; stroke-width: 1.5; stroke-linejoin: round; }
path.most, path.arrivals { fill: var(--band); stroke: none; opacity: 0.85; }
path.mean { stroke: var(--use); }
path.p95 { stroke: var(--p95); }
path.limit { stroke: var(--limit); stroke-dasharray: 6 4; }
path.lost { stroke: var(--limit); }
.key.most, .key.arrivals { fill: var(--band); }
.key.mean { fill: var(--use); }
.key.p95 { fill: var(--p95); }
.key.limit, .key.lost { fill: var(--limit); }
.tip { fill: transparent; }
.tip:hover { fill: var(--ink); opacity: 0.12; }
footer { margin-top: 40px; border-top: 1px solid var(--rule); padding-top: 10px; }
@media screen and (max-width: 600px) {
  body { padding: 16px 14px 32px; }
  h1 { font-size: 1.25rem; }
  svg.wide { display: none; }
  svg.narrow { display: block; }
  th.bar, td.bar { display: none; }
  th, td { padding-right: 10px; }
  td.long { min-width: 100px; }
}
@media print {
  :root { --paper: #ffffff; }
  @page { margin: 15mm; }
  body { padding: 0; max-width: none; font-size: 11pt; }
  h2 { break-after: avoid; }
  tr, li, svg, .facts { break-inside: avoid; }
  .scroll { overflow: visible; }
  table { font-size: 8.5pt; }
  th, td { white-space: normal; padding-right: 8px; }
  td.long { min-width: 0; }
  details:not([open]) { display: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
)";

} // namespace

std::string_view style()
{
    return kStyle;
}

} // namespace slotscope::cli::report
