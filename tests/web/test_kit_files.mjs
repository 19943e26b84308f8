// The kit's own reading and writing, in Node: files of the program, and files that nearly are. What passes through a browser is
// tests/shown/pages.sh.
//
//     node test_kit_files.mjs UNDERSIGN SEAL.WASM
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { webcrypto } from "node:crypto";

import { openSecret, sealSecrets, makeQr } from "../../web/kit/seal.mjs";
import { sshSeed } from "../../web/kit/ssh_key.mjs";
import { readTar } from "../../web/kit/tar.mjs";
import { BadFile, fromBase64, manifestColumn, parseCredential, parseRoster, toBase64, writeCredential } from "../../web/kit/texts.mjs";
import { WORDS } from "../../web/kit/words.mjs";
import { tileNames, tileNumber } from "../../web/recount/bundle_http.mjs";
import { check, checkEqual, end, refusal } from "../wasm/support.mjs";

globalThis.crypto ??= webcrypto;
const [program, sealPath] = process.argv.slice(2).map((path) => resolve(path));
const folder = mkdtempSync(join(tmpdir(), "undersign-kit-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const at = (name) => join(folder, name);
const read = (name) => new Uint8Array(readFileSync(at(name)));
function run(args, input = "") {
	const done = spawnSync(program, args, { cwd: folder, encoding: "utf8", input });
	if (done.status !== 0) {
		throw new Error(`undersign ${args.join(" ")}: exit ${done.status}\n${done.stderr}`);
	}
	return done.stdout;
}
const bytes = (text) => new TextEncoder().encode(text);
const text = (content) => new TextDecoder().decode(content);
const seal = await WebAssembly.compile(readFileSync(sealPath));
checkEqual("seal.wasm imports nothing", WebAssembly.Module.imports(seal).length, 0);

run(["key", "new", "steward.example/all", "-o", "steward.key"]);
run(["roster", "new", "rivers", "--name", "Rivers \"Öst\" 水", "--organisation", "Rivers", "--source", "a list", "--steward", "L. Marsh",
	"--key", "steward.key", "--class", "enrolled", "--columns", "3", "--from", "2031-04-01"]);
run(["enrol", "--roster", "rivers", "--passphrase-fd", "0", "--meta", "00ff", "-o", "sealed", "--request", "r1"], "six plain words\n");
run(["enrol", "--roster", "rivers", "--no-passphrase", "-o", "open", "--request", "r2"]);

// --- Credentials ---------------------------------------------------------------------------------------------------------------

for (const name of ["sealed", "open"]) {
	checkEqual(`${name}: read and written again`, text(writeCredential(parseCredential(read(name)))), text(read(name)));
}
const roster = parseRoster(read("rivers/roster"));
checkEqual("a roster's name", roster.roster, "Rivers \"Öst\" 水");
checkEqual("a roster's columns", JSON.stringify(roster.columns),
	JSON.stringify(parseCredential(read("open")).columns.map(({ number, from, until, burn }) => ({ number, from, until, burn }))));

const sealed = parseCredential(read("sealed"));
const field = (i) => fromBase64(sealed.columns[i].secret, 200);
const secret = await openSecret(seal, bytes("six plain words"), sealed.seal, field(0));
check("the program's seal opens", secret !== null && secret.length === 160);
checkEqual("another passphrase does not", await openSecret(seal, bytes("six plain word"), sealed.seal, field(0)), null);
const changed = field(1);
changed[60] ^= 1;
checkEqual("nor a changed field", await openSecret(seal, bytes("six plain words"), sealed.seal, changed), null);

// The secrets of an open credential, sealed by the kit: the program opens them, for it vouches with the same secret.
const plain = parseCredential(read("open"));
const parameters = { operations: 1, memoryKib: 8192, salt: new Uint8Array(16).fill(9) };
const boxes = await sealSecrets(seal, bytes("kit words"), parameters, plain.columns.map((column) => fromBase64(column.secret, 160)));
writeFileSync(at("by-kit"), writeCredential({ ...plain, seal: parameters,
	columns: plain.columns.map((column, i) => ({ ...column, secret: toBase64(boxes[i]) })) }), { mode: 0o600 });
const vouched = spawnSync(program, ["vouch", "r1", "--credential", "by-kit", "--passphrase-fd", "0", "--date", "2031-04-02", "-o", "word"],
	{ cwd: folder, encoding: "utf8", input: "kit words\n" });
const usual = spawnSync(program, ["vouch", "r1", "--credential", "open", "--date", "2031-04-02", "-o", "word-2"],
	{ cwd: folder, encoding: "utf8" });
checkEqual("the program takes the kit's seal as it takes none", vouched.status, usual.status);
check("and not another passphrase", spawnSync(program, ["vouch", "r1", "--credential", "by-kit", "--passphrase-fd", "0", "-o", "word-3"],
	{ cwd: folder, encoding: "utf8", input: "other words\n" }).stderr.includes("The passphrase does not open this file."));

// It is refused in words of the catalogue, with all that is filled in.
function refused(what, call) {
	const error = refusal(call);
	check(`refused: ${what}`, error instanceof BadFile, String(error));
	const wanted = (WORDS[error.word] ?? "").match(/\{\w+\}/g) ?? [];
	checkEqual(`in words: ${what}`, wanted.every((name) => error.fills[name.slice(1, -1)] !== undefined) && error.word in WORDS, true);
}
checkEqual("the line of a fault is people's", refusal(() => parseCredential(bytes("undersigned credential v1\nroster x\n"))).fills.line, 3);
const damage = (from, to) => bytes(text(read("sealed")).replace(from, to));
refused("another header", () => parseCredential(damage("credential v1", "credential v2")));
refused("an edition 0", () => parseCredential(damage("edition 1", "edition 0")));
refused("operations beyond 10", () => parseCredential(damage("argon2id 3", "argon2id 11")));
refused("memory beyond 64 MiB", () => parseCredential(damage(" 65536 ", " 65537 ")));
refused("a column missing", () => parseCredential(damage(/column 2.*\n/, "")));
refused("a day that does not exist", () => parseCredential(damage("2031-06-30", "2031-06-31")));
refused("burnt before its end", () => parseCredential(damage("2031-07-28", "2031-06-28")));
refused("base64 with other last bits", () => parseCredential(damage(/(column 1 .*)(.)=\n/, (_, start, last) => `${start}${last === "B" ? "C" : "B"}=\n`)));
refused("a line more", () => parseCredential(bytes(`${text(read("sealed"))}more x\n`)));
refused("a roster of raw keys", () => parseRoster(bytes(text(read("rivers/roster")).replace("class enrolled", "class raw-key"))));
refused("a request in place of a roster", () => parseRoster(read("r1")));

// --- SSH keys ------------------------------------------------------------------------------------------------------------------

const keygen = (name, ...more) => spawnSync("ssh-keygen", ["-q", "-C", "c", "-f", at(name), ...more]);
keygen("ed", "-t", "ed25519", "-N", "");
keygen("locked", "-t", "ed25519", "-N", "words");
keygen("rsa", "-t", "rsa", "-b", "2048", "-N", "");
checkEqual("a seed has 32 bytes", sshSeed(read("ed")).length, 32);
check("its public key is that of the file", (() => {
	const file = Buffer.from(readFileSync(at("ed.pub"), "utf8").split(" ")[1], "base64").subarray(-32);
	const whole = Buffer.from(readFileSync(at("ed"), "utf8").split("\n").slice(1, -2).join(""), "base64");
	const seed = Buffer.from(sshSeed(read("ed")));
	return whole.includes(Buffer.concat([seed, file]));
})());
refused("a key under a passphrase", () => sshSeed(read("locked")));
refused("an RSA key", () => sshSeed(read("rsa")));
refused("a key that ends too early", () => sshSeed(bytes(text(read("ed")).replace(/\n.{70}\n/, "\n"))));

// --- The rest ------------------------------------------------------------------------------------------------------------------

checkEqual("a manifest's column", manifestColumn(bytes("undersigned letter v1\nroster AAAA 7 20 A b\nroster BBBB 2 9 A b c\n\n— x"),
	"A b c"), 2);
checkEqual("a list that is not there", manifestColumn(bytes("roster AAAA 7 20 A b\n\n"), "A"), null);
checkEqual("the number of a tile", tileNumber(1234067), "x001/x234/067");
checkEqual("the tiles of 70,000 entries", tileNames(70000).filter((name) => !name.startsWith("tile/entries")).slice(-4).join(" "),
	"tile/0/272 tile/0/273.p/112 tile/1/000 tile/1/001.p/17 tile/2/000.p/1".split(" ").slice(-4).join(" "));
checkEqual("of one entry", tileNames(1).join(" "), "tile/entries/000.p/1 tile/0/000.p/1");
const qr = await makeQr(seal, "0123456789ABCDEF".repeat(4));
check("a QR code has its corners", qr.side >= 21 && qr.dark.length === qr.side ** 2 &&
	[0, qr.side - 7].every((x) => Array.from(qr.dark.subarray(x, x + 7)).every((dark) => dark === 1)));
refused("an empty tar file", () => readTar(new Uint8Array(0)));
checkEqual("a tar file of nothing", readTar(new Uint8Array(1024)).length, 0);
end();
