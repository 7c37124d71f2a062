// The pages' words: both catalogues whole, every word used, nothing inline, scripts small. Needs no browser.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";

const root = new URL("../../", import.meta.url);
const pages = new URL("src/console/pages/", root);
const raw = (name) => readFileSync(new URL(name, pages), "utf8");
/** text(name): a file as it is served: embed.py puts the head in that a page names in its first line. */
const text = (name) => raw(name).replace(/^<!-- head: (\S+) (\S+) (\S+)(?: (\S+))? -->\n/, (line, script, title, say, alone) =>
  raw("head.html").replace("SCRIPT", script).replace("TITLE", title).replace("SAY", say).replace(/<nav .*<\/nav>/, (nav) => (alone ? `<span data-t="${alone}"></span>` : nav)));
const catalogue = async (name) => (await import(`data:text/javascript,${encodeURIComponent(text(name))}`)).default;
const names = readdirSync(pages).filter((name) => name !== "head.html");
const scripts = names.filter((name) => name.endsWith(".js"));
const isWords = (name) => /^(?:[a-z]+-)?(?:en|sq)\.js$/.test(name);
const whole = async (language) => Object.assign({}, ...(await Promise.all(scripts.filter((name) => isWords(name) && name.endsWith(`${language}.js`)).map(catalogue))));
const en = await whole("en");
const sq = await whole("sq");

// Where code asks for a word: t("key"), has("key"), t(`group.${code}`), and data-t="key" in a page.
function asked() {
  const keys = new Set();
  const groups = new Set();
  for (const name of scripts.filter((one) => !isWords(one))) {
    for (const [, key] of text(name).matchAll(/"([a-z][\w-]*(?:\.[\w-]+)*)"/g)) keys.add(key);
    for (const [, group] of text(name).matchAll(/`([a-z][\w.-]*\.)\$\{/g)) groups.add(group);
    for (const [, group] of text(name).matchAll(/\$\{[\w.]+\}\.(\w+)/g)) groups.add(group);
  }
  for (const name of names.filter((one) => one.endsWith(".html")))
    for (const [, key] of text(name).matchAll(/data-t(?:-label|-placeholder)?="([^"]+)"/g)) keys.add(key);
  return { keys, groups };
}

test("every page has a head", () => {
  for (const name of names.filter((one) => one.endsWith(".html"))) assert.match(text(name), /^<!doctype html>\n/, name);
});

test("English and Albanian have the same words", () => {
  assert.deepEqual(Object.keys(sq).sort(), Object.keys(en).sort());
  for (const [key, words] of [...Object.entries(en), ...Object.entries(sq)]) assert.ok(words.length > 0, `${key} is empty`);
});

test("a sentence has the same places to fill in both languages", () => {
  const places = (words) => [...words.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
  for (const key of Object.keys(en)) assert.deepEqual(places(sq[key]), places(en[key]), key);
});

test("every word a page asks for is there", () => {
  for (const name of names.filter((one) => one.endsWith(".html")))
    for (const [, key] of text(name).matchAll(/data-t(?:-label|-placeholder)?="([^"]+)"/g)) assert.ok(key in en, `${name}: ${key}`);
  for (const name of scripts)
    for (const [, key] of text(name).matchAll(/\b(?:t|fact)\("([^"]+)"/g)) assert.ok(key in en, `${name}: ${key}`);
});

/** Every word that the program or a page knows by itself: what can stand where a page puts a code into a word's name. */
function known() {
  const source = readdirSync(new URL("src/", root), { recursive: true }).filter((name) => /\.(c|h|json)$/.test(name))
    .map((name) => readFileSync(new URL(`src/${name}`, root), "utf8"));
  const pieces = [...source, ...scripts.filter((one) => !isWords(one)).map(text)];
  return new Set(pieces.flatMap((piece) => [...piece.matchAll(/"([\w-]+)"|\b([\w-]+):|\.([\w-]+)/g)].map(([, quoted, name, end]) => quoted ?? name ?? end)));
}

test("no word is left over", () => {
  const { keys, groups } = asked();
  const codes = known();
  const can = (key, group) => key.startsWith(group) && key.slice(group.length).split(".").every((part) => part === "" || codes.has(part) || /^\d+$/.test(part));
  const used = (key) => keys.has(key) || [...groups].some((group) => can(key, group)) || /^(clear|refer|stop)(\.say|$)/.test(key);
  assert.deepEqual(Object.keys(en).filter((key) => !used(key)), []);
});

test("a word that changes with its number has both forms, of a number that is given", () => {
  for (const [key, words] of [...Object.entries(en), ...Object.entries(sq)])
    for (const [all, name] of words.matchAll(/\{(\w+)\|[^}]*\}/g)) {
      assert.match(all, /^\{\w+\|[^|{}]+\|[^|{}]+\}$/, key);
      assert.ok(words.includes(`{${name}}`), `${key}: ${name} is not said`);
    }
});

test("what stands behind a reason has words", () => {
  const source = readFileSync(new URL("src/decision/decide.c", root), "utf8");
  const facts = [...source.matchAll(/ptn_reasons_fact(?:_\w+)?\(draft,\s*"(\w+)"/g)].map(([, key]) => key);
  assert.ok(facts.length > 20);
  for (const key of facts.filter((one) => one !== "problem")) assert.ok(`fact.${key}` in en, key); // a problem is the server's own sentence
});

test("every problem the server can answer has a sentence that says what to do", () => {
  for (const document of ["openapi.json", "desk_openapi.json"]) {
    const problem = JSON.parse(readFileSync(new URL(`src/serve/${document}`, root), "utf8")).components.schemas.Problem;
    for (const code of problem.properties.code.enum) assert.ok(`error.${code}` in en, code);
  }
});

test("nothing inline: the content policy would refuse it", () => {
  for (const name of names.filter((one) => one.endsWith(".html"))) {
    assert.doesNotMatch(text(name), /<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*\ssrc=)/i, name);
    assert.doesNotMatch(text(name), /(?:src|href)="(?!\/console\/|\/"|#)/, `${name} asks another place`);
  }
  for (const name of scripts) assert.doesNotMatch(text(name), /innerHTML|outerHTML|insertAdjacentHTML|\beval\(|new Function|https?:\/\/(?!www\.w3\.org)/, name);
});

/** loaded(page): every script that a page loads, its own and what they import. */
function loaded(page) {
  const all = new Set([...text(page).matchAll(/src="\/console\/([\w-]+\.js)"/g)].map(([, name]) => name));
  for (const name of all)
    for (const [, more] of text(name).matchAll(/from "\.\/([\w-]+\.js)"/g)) all.add(more);
  return all;
}

/** languages(page): the catalogues a page loads, in one language, here the longer one; the other comes when it is chosen. */
function languages(page) {
  const names = ["", ...[...loaded(page)].flatMap((name) => [...text(name).matchAll(/ownWords\("([a-z]+)"\)/g)].map(([, one]) => `${one}-`))];
  return names.map((one) => [`${one}en.js`, `${one}sq.js`].reduce((a, b) => (Buffer.byteLength(text(a)) > Buffer.byteLength(text(b)) ? a : b)));
}

test("the scripts of a page are small", () => {
  for (const page of names.filter((one) => one.endsWith(".html"))) {
    const bytes = [...loaded(page), ...languages(page)].reduce((sum, name) => sum + Buffer.byteLength(text(name)), 0);
    assert.ok(bytes > 20_000 && bytes < 150_000, `${page}: ${bytes} bytes`);
  }
});
