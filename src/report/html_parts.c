/* SPDX-License-Identifier: Apache-2.0 */
#include "report/html_parts.h"
#include "report/markup.h"

/*
 * The page's head.  Colours have a contrast of 4.5 and more on their grounds, in both schemes; a
 * status is never told by its colour alone.  Widths are of the letter, so that the page follows the
 * reader's size of type.
 */
static const char head[] =
	"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" "
	"content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<title>Pellucid review</title>\n<style>\n"
	":root{--ground:#fff;--ink:#1a1a1a;--soft:#555;--line:#8a8a8a;--card:#f6f6f4;--bad:#9b1c1c;"
	"--warn:#7a4a00;--good:#1c5c2e;--bar:#2f5d8a}\n"
	"@media(prefers-color-scheme:dark){:root{--ground:#161616;--ink:#ececec;--soft:#b5b5b5;"
	"--line:#7d7d7d;--card:#222;--bad:#ff9c9c;--warn:#ffc46b;--good:#8fd6a3;--bar:#7fb2e5}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;padding:1rem;max-width:70rem;background:var(--ground);color:var(--ink);"
	"font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}\n"
	"h1,h2,h3,h4{line-height:1.25;margin:1.5rem 0 .5rem}h1{font-size:1.8rem;margin-top:0}"
	"h2{font-size:1.4rem;border-top:1px solid var(--line);padding-top:1rem;margin-top:2rem}"
	"h3{font-size:1.1rem}h4{font-size:1rem;margin-top:0}p{margin:.5rem 0;max-width:50rem}"
	"ul,ol{margin:.25rem 0;padding-left:1.5rem}\n"
	".soft{color:var(--soft)}.bad{color:var(--bad)}.warn{color:var(--warn)}"
	".good{color:var(--good)}strong.bad,strong.warn,strong.good{font-weight:700}\n"
	".verdict{border-left:.5rem solid;background:var(--card);padding:.75rem 1rem;margin:1rem 0}"
	".verdict p{color:var(--ink)}.verdict strong{font-size:1.2rem}\n"
	".tiles{list-style:none;padding:0;margin:1rem 0;display:grid;gap:.5rem;"
	"grid-template-columns:repeat(auto-fit,minmax(7.5rem,1fr))}"
	".tiles li{background:var(--card);border:1px solid var(--line);border-radius:.4rem;"
	"padding:.5rem .75rem}.tiles strong{display:block;font-size:1.6rem;line-height:1.2}\n"
	".first li{margin:.5rem 0}.first strong{display:block}\n"
	".card{background:var(--card);border:1px solid var(--line);border-left:.5rem solid;"
	"border-radius:.4rem;padding:1rem;margin:1rem 0}"
	".card>*{color:var(--ink)}.card h3{margin:.25rem 0 .75rem}\n"
	".badge{display:inline-block;border:2px solid;border-radius:.3rem;padding:0 .5rem;"
	"font-weight:700}\n"
	"dl{margin:.5rem 0;display:grid;gap:.25rem 1rem;"
	"grid-template-columns:minmax(0,11rem) minmax(0,1fr)}"
	"dt{font-weight:700}dd{margin:0}dd ul{padding-left:1.1rem;margin:0}"
	"@media(max-width:40rem){dl{display:block}dd{margin:0 0 .5rem}}\n"
	".sides{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,18rem),1fr));"
	"gap:1rem;margin:1rem 0}"
	".sides section{background:var(--ground);border:1px solid var(--line);border-radius:.4rem;"
	"padding:.75rem 1rem}.sides li{margin-bottom:.5rem}\n"
	".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}"
	"caption{text-align:left;font-weight:700;padding-bottom:.25rem}"
	"th,td{border-bottom:1px solid var(--line);padding:.3rem 1rem .3rem 0;text-align:left;"
	"vertical-align:top}td:nth-child(2),th:nth-child(2){white-space:nowrap}"
	"td.n,th.n{text-align:right;white-space:nowrap}\n"
	".flow{columns:17rem;column-gap:2rem}.flow li{break-inside:avoid}\n"
	"summary{cursor:pointer;padding:.3rem 0;min-height:1.5rem}"
	".kind>summary{display:grid;gap:0 .75rem;align-items:center;"
	"grid-template-columns:1rem minmax(0,18rem) minmax(2rem,1fr) 4.5rem}"
	".kind>summary::before{content:'\\25b8'}.kind[open]>summary::before{content:'\\25be'}"
	".kind svg{width:100%;height:.8rem}.kind rect{fill:var(--bar)}.n{text-align:right}"
	"@media(max-width:40rem){.kind>summary{grid-template-columns:1rem minmax(0,1fr) 4.5rem}"
	".kind svg{grid-column:2;grid-row:2}}\n"
	":focus-visible{outline:3px solid var(--bar);outline-offset:2px}\n"
	"@media print{body{max-width:none;padding:0;font-size:10pt}.card,.tiles li,tr{"
	"break-inside:avoid}h2,h3,h4{break-after:avoid}}\n"
	"</style>\n</head>\n<body>\n<main>\n";

void html_put_head(struct buf *out) { buf_put_text(out, head); }

void html_put_element(struct buf *out, const char *open, struct span s, const char *close)
{
	if (s.n == 0)
		return;
	buf_put_text(out, open);
	markup_put(out, s);
	buf_put_text(out, close);
}
