#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: make_letters.py > src/rules/audit/audit_letters.c

How letters follow each other in the words of eleven languages: the audit's table by which a word is told from a
name in a program.  Made from Debian 12's lists of words (wamerican, wcatalan, wdanish, wdutch, wfrench, witalian,
wngerman, wpolish, wportuguese, wspanish, wswedish); marks above and below letters are dropped.  A language counts
as much as any other, however long its list.
"""
import math
import sys
import unicodedata

LISTS = ("american-english catalan danish dutch french italian ngerman polish portuguese spanish swedish").split()
LETTERS = "_abcdefghijklmnopqrstuvwxyz"  # _: no letter
FOLD = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "ð": "d", "þ": "th"})


def fold(word):
    word = unicodedata.normalize("NFD", word.lower().translate(FOLD))
    return "".join(c for c in word if not unicodedata.combining(c))


def main():
    total = {}
    for name in LISTS:
        counts, context = {}, {}
        with open("/usr/share/dict/" + name, "rb") as f:
            text = f.read()
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError:
            text = text.decode("latin-1")
        for word in text.split():
            word = fold(word)
            if not word.isalpha() or not word.isascii() or not 2 <= len(word) <= 30:
                continue
            word = "__" + word + "_"
            for i in range(2, len(word)):
                counts[word[i - 2:i + 1]] = counts.get(word[i - 2:i + 1], 0) + 1
                context[word[i - 2:i]] = context.get(word[i - 2:i], 0) + 1
        for three, n in counts.items():
            total[three] = total.get(three, 0) + n / (context[three[:2]] + 20) / len(LISTS)
    out = []
    for a in LETTERS:
        for b in LETTERS:
            row = ""
            for c in LETTERS:
                p = total.get(a + b + c, 0)
                row += chr(ord("a") + (15 if p <= 2 ** -15 else int(-math.log2(p))))
            out.append(row)
    print("/* SPDX-License-Identifier: Apache-2.0 */")
    print("/* Made by tools/make_letters.py. */")
    print('#include "rules/audit/audit_letters.h"\n')
    print("/* clang-format off */")
    print("const char audit_letters[27 * 27 * 27 + 1] =")
    for i in range(0, len(out), 3):
        print('\t"' + "".join(out[i:i + 3]) + '"' + (";" if i + 3 >= len(out) else ""))
    print("/* clang-format on */")


sys.exit(main())
