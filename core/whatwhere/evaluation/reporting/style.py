"""The look of a report: light on the screen, and on paper without what paper cannot do."""

STYLE = """
:root { color-scheme: light; --ink: #1c2026; --soft: #545c68; --line: #d5d9df; --paper: #ffffff; }
* { box-sizing: border-box; }
body { margin: 0; background: #eceef1; color: var(--ink);
  font: 14px/1.5 system-ui, "Segoe UI", "Noto Sans", sans-serif; }
main { max-width: 1060px; margin: 24px auto; padding: 32px 40px; background: var(--paper); }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 16px; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 36px 0 8px; overflow-wrap: anywhere; }
p { margin: 8px 0; }
.verdict { padding: 10px 14px; border-left: 4px solid var(--line); background: #f8f9fa; }
.verdict.accused { border-color: #d55e00; }
.verdict.cleared { border-color: #009e73; }
.note, figcaption, small { color: var(--soft); }
small { font-size: 11px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; max-width: 100%; }
th, td { padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); text-align: right;
  vertical-align: top; white-space: nowrap; }
th[scope="row"], th[scope="rowgroup"], .card td { text-align: left; font-weight: normal; }
th[title] { text-decoration: underline dotted var(--soft); text-underline-offset: 3px;
  cursor: help; }
thead th { color: var(--soft); font-weight: 600; }
.card { margin-bottom: 20px; }
.card th { color: var(--soft); white-space: nowrap; padding-right: 24px; }
.card td { overflow-wrap: anywhere; white-space: normal; }
.quadrants td, .quadrants th { min-width: 90px; }
.figures { display: flex; flex-wrap: wrap; gap: 20px; margin-top: 20px; align-items: flex-start; }
figure { margin: 0; max-width: 100%; }
figure svg { max-width: 100%; height: auto; display: block; }
figcaption { font-size: 12px; max-width: 440px; margin-top: 4px; }
dl { display: grid; grid-template-columns: minmax(150px, max-content) 1fr; gap: 6px 20px; }
dt { font-weight: 600; }
dd { margin: 0; }
textarea { width: 100%; font: 12px/1.4 ui-monospace, monospace; padding: 8px; white-space: pre;
  border: 1px solid var(--line); margin-top: 8px; display: block; }
button { font: inherit; padding: 3px 14px; }
@media print {
  body { background: none; font-size: 10pt; }
  main { margin: 0; padding: 0; max-width: none; }
  .screen { display: none; }
  h2 { break-after: avoid; }
  tr, figure, dt { break-inside: avoid; }
  th[title] { text-decoration: none; }
}
"""
