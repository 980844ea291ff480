# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the HTML report looks: style sheet and symbols of the statuses, as data. PURE.

The tests measure the contrast of the colours, so each colour is a variable of LIGHT and DARK.
"""

from __future__ import annotations

from .markup import Html

LIGHT = {
    "page": "#ffffff",
    "panel": "#f5f7f9",
    "line": "#d3dae1",
    "text": "#1b2026",
    "quiet": "#545d67",
    "link": "#0a4fa3",
    "fail": "#a1101f",
    "on-fail": "#fdeceb",
    "error": "#6a2fa0",
    "on-error": "#f5edfc",
    "inconclusive": "#0a4a86",
    "on-inconclusive": "#e6f1fb",
    "warn": "#744600",
    "on-warn": "#fff3d6",
    "pass": "#14602b",
    "on-pass": "#e4f6e8",
    "skipped": "#545d67",
    "on-skipped": "#eef1f4",
    "bar-ok": "#7c93a8",
    "bar-client_error": "#b06a00",
    "bar-rate_limited": "#7b3fa3",
    "bar-server_error": "#b3201b",
    "bar-other": "#3c444d",
    "mark": "#2b3138",
    "own": "#0a4fa3",
}
DARK = {
    "page": "#11151a",
    "panel": "#1a2027",
    "line": "#39424d",
    "text": "#e6eaef",
    "quiet": "#a3adb8",
    "link": "#83bdff",
    "fail": "#ff9b91",
    "on-fail": "#3d1917",
    "error": "#d3b0ff",
    "on-error": "#2d2042",
    "inconclusive": "#93c7ff",
    "on-inconclusive": "#14293f",
    "warn": "#f2c45a",
    "on-warn": "#35290d",
    "pass": "#7fdc97",
    "on-pass": "#133019",
    "skipped": "#a9b3be",
    "on-skipped": "#232a32",
    "bar-ok": "#66809a",
    "bar-client_error": "#e09b2d",
    "bar-rate_limited": "#c08be6",
    "bar-server_error": "#ff6f61",
    "bar-other": "#c3cbd4",
    "mark": "#dfe5ec",
    "own": "#83bdff",
}

# They differ in outline as well as in content: octagon, square, circle with a question mark, triangle, disc, ring.
ICONS = Html(
    '<symbol id="s-fail" viewBox="0 0 16 16"><path d="M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z" fill="currentColor"/>'
    '<path d="M5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6" class="in"/></symbol>'
    '<symbol id="s-error" viewBox="0 0 16 16"><path d="M1.5 1.5h13v13h-13z" fill="currentColor"/>'
    '<path d="M8 4v5M8 11v1.6" class="in"/></symbol>'
    '<symbol id="s-inconclusive" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.6" class="ring"/>'
    '<path d="M5.9 6.3c0-3 4.2-2.8 4.2-.2C10.1 7.7 8 7.8 8 9.5M8 11.2v1.2" class="ring"/></symbol>'
    '<symbol id="s-warn" viewBox="0 0 16 16"><path d="M8 .8l7.6 14H.4z" fill="currentColor"/>'
    '<path d="M8 5.8v4.4M8 11.7v1.5" class="in"/></symbol>'
    '<symbol id="s-pass" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7.3" fill="currentColor"/>'
    '<path d="M4.6 8.3l2.4 2.5 4.5-5.2" class="in"/></symbol>'
    '<symbol id="s-skipped" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.6" class="ring"/>'
    '<path d="M4.8 8h6.4" class="ring"/></symbol>'
)
_STATUSES = ("fail", "error", "inconclusive", "warn", "pass", "skipped")
_CLASSES = ("ok", "client_error", "rate_limited", "server_error", "other")


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


# Without "<" and "&", because the page is well-formed XML.
STYLE = Html(
    f"""
:root{{color-scheme:light dark;{_variables(LIGHT)}}}
@media screen and (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}
"""
    + "".join(f".{name}{{--tone:var(--{name});--tint:var(--on-{name})}}\n" for name in _STATUSES)
    + "".join(f".c-{name}{{fill:var(--bar-{name})}}\n" for name in _CLASSES)
    + """
.closed{--tone:var(--fail);--tint:var(--on-fail)}
.noted{--tone:var(--warn);--tint:var(--on-warn)}
.open{--tone:var(--pass);--tint:var(--on-pass)}
*{box-sizing:border-box}
[hidden]{display:none!important}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;max-width:70rem;padding:1.25rem 1.5rem 2rem;background:var(--page);color:var(--text);
font:0.9375rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
h1,h2,h3,h4,p,ul,ol,dl,dd,figure{margin:0;padding:0}
h1{font-size:2rem;line-height:1.2;letter-spacing:-0.01em;color:var(--tone)}
h2{font-size:1.25rem;line-height:1.3}
h3,h4{font-size:1rem;line-height:1.4}
summary h3{display:inline}
b{font-weight:600}
ul,ol{list-style:none}
a{color:var(--link);text-underline-offset:0.15em}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.defs{position:absolute}
.skip{position:absolute;left:-100vw}
.skip:focus{position:static;display:inline-block;margin-bottom:0.75rem}
.icon{width:0.9em;height:0.9em;flex:none}
.icon,.key{overflow:visible}
.in{fill:none;stroke:var(--tint);stroke-width:1.9}
.ring{fill:none;stroke:currentColor;stroke-width:1.6}
.chip{display:inline-flex;align-items:center;gap:0.35em;padding:0.05rem 0.5rem 0.05rem 0.4rem;border:1px solid;
border-radius:1rem;font-size:0.8125rem;font-weight:600;line-height:1.5;white-space:nowrap;vertical-align:0.08em;
color:var(--tone);background:var(--tint)}
header{margin-bottom:2rem;padding:1.25rem 1.5rem;border:1px solid var(--line);border-left:0.5rem solid var(--tone);
border-radius:0.375rem;background:var(--panel)}
header>*+*{margin-top:0.6rem}
header .chip,h2 .chip,h3 .chip{margin-right:0.25rem}
.headline{font-size:1.125rem;font-weight:600;line-height:1.4}
.note{font-weight:600}
.do{padding:0.7rem 0.9rem;border:1px solid var(--line);border-radius:0.375rem;background:var(--page)}
.do h2{font-size:0.9375rem}
.inline{display:flex;flex-wrap:wrap;gap:0.15rem 2rem}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,26rem),1fr));gap:0.15rem 2rem}
.facts dt{width:8.5rem}
dl div{display:flex;gap:0.5rem;min-width:0}
dt{flex:none;color:var(--quiet)}
dd{min-width:0}
main>section,footer{margin-top:2rem}
section>h2+*{margin-top:0.5rem}
.organization{margin-top:2rem;padding-top:1.25rem;border-top:1px solid var(--line)}
.body>*+*{margin-top:1rem}
.body>.lead,.body>h2+*{margin-top:0.25rem}
.body{scroll-margin-top:3rem}
.lead{color:var(--quiet)}
#organizations>h2{margin-top:2rem}
details.organization{margin-top:0;padding:0.5rem 0}
#passing+details.organization,#details+p+details.organization{margin-top:0.75rem}
.causes li{padding:0.65rem 0;border-top:1px solid var(--line);break-inside:avoid}
.causes .worst{color:var(--quiet)}
.filter{display:flex;flex-wrap:wrap;align-items:end;gap:0.5rem 1rem;margin-bottom:0.5rem}
.filter label{display:grid;font-size:0.8125rem;color:var(--quiet)}
input,select,.filter button{min-height:2.25rem;max-width:100%;padding:0.25rem 0.5rem;border:1px solid var(--quiet);
border-radius:0.25rem;background:var(--page);color:var(--text);font:inherit;font-size:0.9375rem}
.filter button{padding:0.25rem 0.9rem;cursor:pointer}
summary{cursor:pointer;width:fit-content}
details[open]>summary{margin-bottom:0.5rem}
.unread{padding:0.7rem 0.9rem;border-left:0.25rem solid var(--error);background:var(--panel)}
.unread ul{list-style:disc;padding-left:1.25rem}
figure+figure{margin-top:1.25rem}
figcaption p{color:var(--quiet);font-size:0.8125rem}
.legend{display:flex;flex-wrap:wrap;gap:0.1rem 1.1rem;font-size:0.8125rem}
.key{width:14px;height:16px;margin-right:0.4em;vertical-align:-0.2rem}
.key.line{width:18px}
.plot{display:block;width:calc(100% - 4.25rem);margin:0.75rem 1.25rem 0 3rem;overflow:visible}
.plot text{font-size:0.75rem;fill:var(--quiet)}
.plot text.on{fill:var(--text);stroke:var(--page);stroke-width:4px;stroke-linejoin:round;paint-order:stroke}
.plot rect{shape-rendering:crispEdges}
.grid{stroke:var(--line);stroke-width:1}
.axis{stroke:var(--quiet);stroke-width:1}
.cut{fill:none;stroke:var(--page);stroke-width:1.4}
.hole{fill:var(--page)}
.hatch{fill:none;stroke:var(--quiet);stroke-width:0.9}
.dot{fill:var(--quiet)}
.box{stroke:var(--quiet);stroke-width:1}
.breach{opacity:0.45}
.mark{fill:var(--mark)}
.tip{fill:transparent}
.tip:hover{fill:var(--mark);fill-opacity:0.12}
.lane{font-size:0.8125rem}
.lane p{margin-left:3rem;line-height:1.3}
.lane .plot{margin-top:0.1rem;margin-bottom:0.35rem}
.within{fill:var(--bar-ok)}
.thin{fill:none;stroke:var(--bar-ok);stroke-width:1}
.at-warn,.at-fail,.at-limit{stroke:var(--mark);stroke-width:1.5}
.at-warn{stroke-dasharray:5 3}
.at-limit{stroke-dasharray:2 3}
.at-before{stroke:var(--quiet);stroke-width:2;stroke-dasharray:8 3}
.steps path{fill:none;vector-effect:non-scaling-stroke}
.steps .halo{stroke:var(--page);stroke-width:5}
.steps .own,.at-own{stroke:var(--own);stroke-width:2.5}
.checks{border-bottom:1px solid var(--line)}
.body>h3+.checks,.body>h4+.checks,.body>h3+dl,.body>h4+dl{margin-top:0.4rem}
.check{display:grid;grid-template-columns:minmax(0,1fr) 17rem;gap:0.2rem 2rem;padding:0.65rem 0;
border-top:1px solid var(--line);break-inside:avoid}
.what{display:grid;grid-template-columns:8.25rem minmax(0,1fr);align-items:start}
.what .chip{justify-self:start}
.name{font-weight:600}
.bar{align-self:start}
.bullet{display:block;width:100%}
.bullet .at-warn{stroke-dasharray:4 2}
.track{fill:var(--line);fill-opacity:0.55}
.lane .track{fill-opacity:0.4}
.zone-warn{fill:var(--quiet);fill-opacity:0.22}
.zone-fail{fill:var(--quiet);fill-opacity:0.32}
.value{fill:var(--tone)}
.needle{stroke:var(--tone);stroke-width:3}
.whisker{stroke:var(--mark);stroke-width:1.5}
.limits{display:flex;flex-wrap:wrap;gap:0 0.9rem;font-size:0.8125rem;color:var(--quiet)}
.check dl,.action,.behind{grid-column:1/-1;margin-left:8.25rem}
.check dl,.behind{font-size:0.8125rem}
.behind li{display:grid;grid-template-columns:minmax(0,3fr) repeat(2,minmax(0,2fr));gap:0.1rem 1.5rem;
padding:0.25rem 0;break-inside:avoid}
.behind i,.behind li p+p{color:var(--quiet);font-style:normal}
.portion{display:block;width:100%;margin-top:0.3rem}
.action{padding-left:0.6rem;border-left:0.2rem solid var(--tone)}
.scroll{max-width:100%;overflow-x:auto}
table{border-collapse:collapse;font-size:0.875rem}
th,td{padding:0.3rem 1.25rem 0.3rem 0;border-top:1px solid var(--line);text-align:left;vertical-align:top;
font-weight:400;overflow-wrap:break-word;max-width:26rem}
table time{white-space:nowrap}
thead th{border-top:0;color:var(--quiet);white-space:nowrap}
th button{margin:0;padding:0;border:0;background:none;color:inherit;font:inherit;cursor:pointer;text-align:inherit}
th button::after{display:inline-block;width:1.1em;text-align:right;content:""}
[aria-sort=ascending] button::after{content:"\\25b4"}
[aria-sort=descending] button::after{content:"\\25be"}
.printed{display:none}
.index{width:100%}
.index td:last-child{min-width:14rem}
.index td:nth-child(n+2):nth-child(-n+4){white-space:nowrap}
.all td:nth-child(5){width:50%;min-width:14rem;max-width:none}
.all td:last-child{min-width:0;padding-right:1.1em}
.all td:first-child,.all td:last-child,.all thead th:first-child,.all thead th:last-child{text-align:right}
.all thead th:last-child{padding-right:0}
.points td:nth-child(-n+7),.points thead th:nth-child(n+2):nth-child(-n+7){text-align:right}
.points tbody th{white-space:nowrap}
.own td:nth-child(8),.own thead th:nth-child(8){text-align:right}
footer{padding-top:1rem;border-top:1px solid var(--line);font-size:0.8125rem;color:var(--quiet)}
footer p+p{margin-top:0.3rem}
@media (max-width:44rem){
body{padding:0.75rem 0.9rem 1.5rem}
header{padding:0.9rem}
h1{font-size:1.625rem}
.check{grid-template-columns:minmax(0,1fr)}
.what{grid-template-columns:minmax(0,1fr);gap:0.2rem}
.check dl,.action,.behind{margin-left:0}
.behind li{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}
.behind li div:first-child{grid-column:1/-1}
.index:not(.all) thead,.index:not(.all) td:nth-child(4),.all td:last-child{display:none}
.all thead th:last-child{display:none}
.index tr{display:flex;flex-wrap:wrap;align-items:baseline;gap:0.1rem 0.75rem;padding:0.4rem 0;
border-top:1px solid var(--line)}
.index td:nth-child(n),.index tbody th{min-width:0;max-width:100%;padding:0;border:0;overflow-wrap:anywhere}
.index:not(.all) td:last-child,.all td:nth-child(5){flex-basis:100%}
.all td:nth-child(5){width:auto}
.all thead th{padding:0;border:0}
.all thead tr{border:0;gap:0.1rem 0.9rem}
.body{scroll-margin-top:5rem}
}
@media print{
:root{color-scheme:light}
body{max-width:none;padding:0;font-size:9.5pt}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
.skip,.filter,th button,a[data-cause]{display:none}
.printed{display:inline}
.scroll{overflow:visible}
header,figure,.do,.unread,thead,tr{break-inside:avoid}
.all td,.all th{padding-right:0.6rem}
h2,h3,h4{break-after:avoid}
a{color:inherit}
}
"""
)
