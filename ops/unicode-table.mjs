#!/usr/bin/env node
// Writes gateway/Edge/unicode.txt, what the guard knows of Unicode. The gateway runs without ICU (InvariantGlobalization),
// where String.Normalize silently returns its input. Run it with a Node whose Unicode is newer than the table's:
//   node ops/unicode-table.mjs > gateway/Edge/unicode.txt
const LAST = 0x10ffff;
const text = (...codes) => String.fromCodePoint(...codes);
const decompose = (s) => s.normalize("NFD");
const surrogate = (code) => code >= 0xd800 && code <= 0xdfff;
const hangul = (code) => code >= 0xac00 && code <= 0xd7a3;

// Invisible characters that ordinary writing needs: joiners (Persian, Indic, emoji), emoji and Mongolian variants.
const joiners = new Set([0x200c, 0x200d, 0xfe0e, 0xfe0f, 0x180b, 0x180c, 0x180d]);

// NFKC leaves these alone; software that maps to an older character set ("best fit") makes slashes and backslashes of
// them.
const lookalikes = new Set([0xa5, 0x2044, 0x20a9, 0x2215, 0x2216, 0x29f5, 0x29f8, 0x29f9]);

const category = /^[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zs}\p{Zl}\p{Zp}]$/u;
const refused = (code) =>
  surrogate(code) ||
  lookalikes.has(code) ||
  text(code).normalize("NFKC") !== text(code) ||
  (!joiners.has(code) && (category.test(text(code)) || /\p{Default_Ignorable_Code_Point}/u.test(text(code))));

// One mark of each canonical combining class. JavaScript does not tell the class, but which of two marks goes first.
const marks = {
  1: 0x334, 6: 0x16ff0, 7: 0x93c, 8: 0x3099, 9: 0x94d, 10: 0x5b0, 11: 0x5b1, 12: 0x5b2, 13: 0x5b3, 14: 0x5b4, 15:
  0x5b5, 16: 0x5b6, 17: 0x5b7, 18: 0x5b8, 19: 0x5b9, 20: 0x5bb, 21: 0x5bc, 22: 0x5bd, 23: 0x5bf, 24: 0x5c1, 25:
  0x5c2, 26: 0xfb1e, 27: 0x64b, 28: 0x64c, 29: 0x64d, 30: 0x618, 31: 0x619, 32: 0x61a, 33: 0x651, 34: 0x652, 35:
  0x670, 36: 0x711, 84: 0xc55, 91: 0xc56, 103: 0xe38, 107: 0xe48, 118: 0xeb8, 122: 0xec8, 129: 0xf71, 130: 0xf72,
  132: 0xf74, 202: 0x321, 214: 0x1dce, 216: 0x31b, 218: 0x1dfa, 220: 0x316, 222: 0x59a, 224: 0x302e, 226: 0x1d16d,
  228: 0x5ae, 230: 0x300, 232: 0x315, 233: 0x35c, 234: 0x35d, 240: 0x345,
};

function combiningClass(code) {
  if (!/\p{M}/u.test(text(code)) || decompose(text(code)) !== text(code)) return 0;
  let above = 0;
  let below = 255;
  for (const [known, mark] of Object.entries(marks).map(([k, m]) => [Number(k), m])) {
    if (mark === code) return known;
    const ours = decompose(text(0x71, code, mark)) !== text(0x71, code, mark);
    const theirs = decompose(text(0x71, mark, code)) !== text(0x71, mark, code);
    if (ours) above = Math.max(above, known);
    if (theirs) below = Math.min(below, known);
  }
  if (above === 0 && below === 255) return 0;
  const left = Object.keys(marks).map(Number).filter((known) => known > above && known < below);
  if (left.length !== 1) throw new Error(`no class for ${code.toString(16)}`);
  return left[0];
}

function ranges(codes) {
  const found = [];
  for (const code of codes) {
    if (found.at(-1)?.[1] === code - 1) found.at(-1)[1] = code;
    else found.push([code, code]);
  }
  return found.map(([from, to]) => (from === to ? from.toString(16) : `${from.toString(16)}-${to.toString(16)}`));
}

function print(name, words) {
  console.log(name);
  let line = "";
  for (const word of words) {
    if (line.length + word.length > 118) {
      console.log(line);
      line = "";
    }
    line += ` ${word}`;
  }
  if (line) console.log(line);
}

const all = Array.from({ length: LAST - 0x7f }, (_, i) => i + 0x80);
const kept = all.filter((code) => !refused(code));
const classes = new Map();
for (const code of kept) {
  const known = combiningClass(code);
  if (known) classes.set(known, [...(classes.get(known) ?? []), code]);
}

console.log(`# Unicode ${process.versions.unicode}, written by ops/unicode-table.mjs. Code points are hexadecimal.`);
console.log("# refused: what NFKC changes; control, format, separator, private, unassigned, invisible, look-alike.");
print("refused", ranges(all.filter(refused)));
console.log("# class N: marks of canonical combining class N.");
for (const [known, codes] of [...classes].sort(([a], [b]) => a - b)) print(`class ${known}`, ranges(codes));
console.log("# compose: composed=first+second, canonical pairs that NFKC joins (Hangul syllables are computed).");
print(
  "compose",
  kept
    .filter((code) => !hangul(code) && decompose(text(code)) !== text(code))
    .map((code) => {
      const parts = [...decompose(text(code))];
      const second = parts.pop().codePointAt(0);
      const first = parts.join("").normalize("NFC").codePointAt(0);
      return [code, first, second].map((c) => c.toString(16));
    })
    .map(([code, first, second]) => `${code}=${first}+${second}`),
);
