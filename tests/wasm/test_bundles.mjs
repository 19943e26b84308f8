// Bundles, statements and claims that pass between the program and the module, in both directions;
// damaged bundles get the same verdict, for the same reason, at the same place.
//
//     node test_bundles.mjs UNDERSIGN.WASM UNDERSIGN DEMO-MEMBERS LETTER-WORLD
import { spawnSync } from "node:child_process";
import {
	cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

import { BundleRefused, load } from "../../src/wasm/undersign.mjs";
import { check, checkEqual, end, readFolder, refusal, seededRandom } from "./support.mjs";

const [modulePath, program, demoMembers, letterWorld] = process.argv.slice(2).map((path) =>
	resolve(path));
const N_FLIPS = process.env.UNDERSIGN_FULL === "1" ? 1000 : 60;
const below = seededRandom();
const undersign = await load(readFileSync(modulePath));
const folder = mkdtempSync(join(tmpdir(), "undersign-wasm-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const environment = { ...process.env, UNDERSIGN: program, DEMO_MEMBERS: demoMembers };
function spawn(command, args) {
	return spawnSync(command, args, { cwd: folder, env: environment, encoding: "utf8",
		maxBuffer: 1 << 26 });
}
// What a command writes to stdout; its failure ends the test.
function run(command, ...args) {
	const { status, stdout, stderr } = spawn(command, args);
	if (status !== 0) {
		throw new Error(`${command} ${args.join(" ")}: exit ${status}\n${stderr}`);
	}
	return stdout;
}
const native = (...args) => run(program, ...args);
const at = (name) => join(folder, name);
const read = (name) => readFileSync(at(name));

// --- A small letter ---------------------------------------------------------------------------

// A name with what JSON escapes, and what it does not.
const RIVERS = "Rivers \"Öst\\West\" & Söhne / 水";
run(letterWorld, "members", "rivers", "enrolled", "20", "8", RIVERS);
run(letterWorld, "members", "quay", "raw-key", "17", "4", "Quay Office");
native("key", "new", "organiser.example/water", "-o", "organiser.key");
const logKey = native("key", "new", "desk.example/letters", "-o", "log.key");
writeFileSync(at("policy"), `log ${logKey.trim()}\nquorum none\n`);
writeFileSync(at("letter.en.md"), "# A letter\n\nPublish what we \"measure\".\n");
native("publish", "desk", "--key", "log.key", "--new", "--begins", "2031-04-03");
const letterId = native("letter", "new", "letter", "--key", "organiser.key", "--desk", "desk",
	"--title", "en:Publish what we measure", "--text", "en:letter.en.md", "--to", "The Ministry",
	"--opens", "1", "--closes", "9", "--ring-min", "16", "--hold-min", "3", "--roster", "rivers",
	"--roster", "quay").trim();
native("letter", "open", "letter", "--key", "organiser.key");
native("publish", "desk", "--key", "log.key", "--letter", "letter", "--date", "2031-04-03",
	"--bundle", "bundle");

let hasPages = true;
// What the program says; of a page what the module can say.
const verify = (path, ...options) => {
	const said = spawn(program, ["verify", "--json", ...options, path]).stdout;
	return hasPages ? said : said.replace('"page":"checked"', '"page":"unchecked"');
};
// The text of a bundle's tally, whether it holds or not.
function wasmVerify(files, options) {
	undersign.reset();
	try {
		return undersign.open(files, options).tally;
	} catch (error) {
		if (error instanceof BundleRefused) {
			return error.tally;
		}
		throw error;
	}
}
const open = (options) => {
	undersign.reset();
	return undersign.open(readFolder(at("bundle")), options);
};

hasPages = JSON.parse(wasmVerify(readFolder(at("bundle")))).page === "checked";
checkEqual("a letter that nobody has signed", wasmVerify(readFolder(at("bundle"))),
	verify("bundle"));

// --- Signed by the program, read by the module ------------------------------------------------

run(letterWorld, "sign", "bundle", "s", "rivers", "1", "4");
run(letterWorld, "sign", "bundle", "s", "quay", "1", "3", "--second");
native("publish", "desk", "--key", "log.key", "--date", "2031-04-04", "--bundle", "bundle",
	...[1, 2, 3, 4].map((i) => `s-rivers-${i}`), ...[1, 2, 3].map((i) => `s-quay-${i}`));
const tally = verify("bundle");
checkEqual("seven signatures", JSON.parse(tally).signatures.total, 7);
checkEqual("the same JSON", wasmVerify(readFolder(at("bundle"))), tally);
checkEqual("in whatever order the files are", wasmVerify(readFolder(at("bundle")).reverse()),
	tally);

// What is recorded around the letter, by the same function.
writeFileSync(at("page.html"), "abc");
cpSync(at("desk"), at("story-desk"), { recursive: true });
cpSync(at("letter"), at("story-letter"), { recursive: true });
const record = (kind, ...lines) => native("record", "add", kind, "story-letter", "--key", "organiser.key", "--date", "2031-04-04", ...lines);
record("scale", "--grade", "in words", "--grade", "all");
record("stance", "--actor", "Council “of” \\ <b>", "--grade", "all", "--source", "https://a.example/", "--copy", "page.html",
	"--copied", "2031-04-04");
record("citation", "--claim", "66 % of the public", "--source", "x", "--copy", "page.html", "--copied", "2031-04-04", "--asked-by", "A",
	"--paid-by", "B", "--question", "C", "--answer", "410 yes", "--answer", "250 rather yes", "--answer", "340 no", "--merged", "1,2",
	"--asked", "1329", "--population", "customers", "--sampling", "random", "--mode", "m", "--from", "2030-10-06",
	"--until", "2030-10-19", "--weighting", "none");
native("publish", "story-desk", "--key", "log.key", "--letter", "story-letter", "--date", "2031-04-05", "--bundle", "story");
const told = verify("story");
checkEqual("three records", JSON.parse(told).story.records.length, 3);
check("the sampling error as it is written", told.includes('"error":2.5,"error_at_most":2.7,'));
checkEqual("the same JSON of a story", wasmVerify(readFolder(at("story"))), told);
const trust = { policy: read("policy"), letter: Buffer.from(letterId, "hex") };
const anchored = verify("bundle", "--policy", "policy", "--letter", letterId);
checkEqual("anchored", JSON.parse(anchored).anchored, true);
checkEqual("the same JSON where it is anchored",
	wasmVerify(readFolder(at("bundle")), trust), anchored);
const otherId = letterId.replace(/./, (digit) => (digit === "0" ? "1" : "0"));
checkEqual("another letter is refused alike",
	wasmVerify(readFolder(at("bundle")), { letter: Buffer.from(otherId, "hex") }),
	verify("bundle", "--letter", otherId));

let letter = open();
checkEqual("the letter's id", letter.letter().id, letterId);
checkEqual("its text", letter.letter().text, read("letter.en.md").toString());
checkEqual("a published statement is found", letter.find(read("s-rivers-2")).fate, "published");
native("verify", "bundle", "--mine", "s-rivers-2", "--proof", "tlog-proof");
const where = letter.find(read("s-rivers-2"));
checkEqual("its proof of inclusion is the program's",
	Buffer.from(letter.proveInclusion(where.entry)).toString(), read("tlog-proof").toString());
let reports = 0;
undersign.listen((done, total) => { reports += done <= total ? 1 : 1000; });
open();
check(`progress is reported (${reports})`, reports > 0 && reports < 1000);
undersign.listen(null);
reports = 0;
letter = open();
checkEqual("and not to nobody", reports, 0);

// --- Signed in the module, published by the program -------------------------------------------

// The secret of a credential's first column (formats 8.1), none being sealed but rivers-8's.
function credentialSecret(name) {
	const line = /^column 1 \S+ \S+ \S+ (\S+)$/m.exec(read(`members/${name}.credential`));
	return new Uint8Array(Buffer.from(line[1], "base64"));
}
// The seed of an unencrypted OpenSSH key: it stands before the second copy of the public key.
function sshSeed(name) {
	const data = Buffer.from(read(`members/${name}`).toString().replace(/-----.*-----/g, ""),
		"base64");
	const key = Buffer.from(read(`members/${name}.pub`).toString().split(" ")[1], "base64");
	const end = data.lastIndexOf(key.subarray(-32));
	return new Uint8Array(data.subarray(end - 32, end));
}

for (const i of [5, 6, 7]) {
	const secret = credentialSecret(`rivers-${i}`);
	const place = letter.place(secret);
	check(`rivers-${i} stands in the ring of the list`, place.roster.name === RIVERS &&
		place.next_seq === 1 && place.own_ring !== null && place.column_uses === 1);
	const statement = letter.sign({ ring: place.own_ring, seq: place.next_seq }, secret);
	checkEqual("what was signed holds", refusal(() => letter.check(statement)), null);
	writeFileSync(at(`w-rivers-${i}`), statement);
}
const keySecret = undersign.secretFromEd25519(sshSeed("quay-4"));
const keyPlace = letter.place(keySecret);
checkEqual("an SSH key's holder stands in its list", keyPlace.roster.class, "raw-key");
writeFileSync(at("w-quay-4"),
	letter.sign({ ring: keyPlace.own_ring, second: true, seq: keyPlace.next_seq }, keySecret));
const first = credentialSecret("rivers-1");
checkEqual("who has signed has the next number", letter.place(first).next_seq, 2);
writeFileSync(at("w-withdrawal"), letter.withdraw({ seq: 2 }, first));
checkEqual("a stranger has no place",
	refusal(() => letter.place(undersign.enrol({ roster: "x", edition: 1, columns: 1 })
		.secrets[0]))?.status, "MISSING");
checkEqual("no ring, no statement",
	refusal(() => letter.sign({ ring: 99, seq: 1 }, first))?.status, "USAGE");
const spoilt = Buffer.from(read("w-rivers-5"));
spoilt[spoilt.length - 40] ^= 1;
check("a spoilt statement is refused, and why is said",
	refusal(() => letter.check(spoilt))?.what !== undefined);

native("publish", "desk", "--key", "log.key", "--date", "2031-04-05", "--bundle", "bundle",
	"w-rivers-5", "w-rivers-6", "w-rivers-7", "w-quay-4", "w-withdrawal");
const later = verify("bundle");
const { signatures } = JSON.parse(later);
// The fourth of the quay waits for two more, or for the closing.
checkEqual("the program counts them", `${signatures.total} and ${signatures.withdrawn} withdrawn`,
	"9 and 1 withdrawn");
checkEqual("and so does the module", wasmVerify(readFolder(at("bundle"))), later);
letter = open();
for (const [name, fate] of [["w-rivers-5", "published"], ["w-quay-4", "waiting"],
	["w-withdrawal", "withdrawn"], ["s-rivers-1", "withdrawn"]]) {
	checkEqual(`${name}: ${fate}`, letter.find(read(name)).fate, fate);
}
writeFileSync(at("w-late"), letter.sign({ ring: 0, seq: 7 }, first));
checkEqual("what was not delivered waits", letter.find(read("w-late")).fate, "waiting");
checkEqual("a statement that is none", refusal(() => letter.find("nothing"))?.status, "FORMAT");

// --- Claims and enrolment ---------------------------------------------------------------------

const fifth = credentialSecret("rivers-5");
writeFileSync(at("w-claim"), letter.claim({ text: "I signed; L. Brook" }, fifth));
const said = native("check-claim", "--json", "bundle", "w-claim");
checkEqual("the program accepts a claim", JSON.parse(said).text, "I signed; L. Brook");
checkEqual("the module too", JSON.stringify(letter.checkClaim(read("w-claim"))), said.trim());
native("claim", "bundle", "--credential", "members/rivers-6.credential", "--text", "Me too",
	"--yes", "-o", "s-claim");
checkEqual("and one of the program's", letter.checkClaim(read("s-claim")).text, "Me too");
const key = undersign.newVerifier("The Cadwen Observer");
writeFileSync(at("key"), key.public);
check("a verifier's key has a secret", key.secret.startsWith("undersigned verifier-secret v1\n"));
const verifierText = "for The Cadwen Observer";
native("claim", "bundle", "--credential", "members/rivers-6.credential", "--text", verifierText,
	"--for", "key", "--yes", "-o", "s-designated");
checkEqual("a claim for one verifier", letter.checkClaim(read("s-designated")).verifier,
	"The Cadwen Observer");
writeFileSync(at("w-designated"),
	letter.claim({ text: verifierText, verifier: key.public }, fifth));
native("check-claim", "bundle", "w-designated");
const falseClaim = Buffer.from(read("w-claim").toString().replace("L. Brook", "M. Brook"));
checkEqual("a claim of another text does not hold",
	refusal(() => letter.checkClaim(falseClaim))?.status, "INVALID");
checkEqual("nor one about a withdrawn signature",
	refusal(() => letter.claim({ text: "x" }, first))?.status, "MISSING");

native("roster", "new", "springs", "--name", "Springs Office", "--organisation", "Springs Office",
	"--source", "staff list", "--steward", "L. Marsh", "--key", "steward.key", "--class",
	"enrolled", "--columns", "2", "--from", "2031-04-01");
const enrolment = undersign.enrol({ roster: "Springs Office", edition: 1, columns: 2,
	meta: Buffer.from("0b", "hex") });
checkEqual("a request of the module holds",
	refusal(() => undersign.checkEnrolment(enrolment.request)), null);
writeFileSync(at("request"), enrolment.request);
native("roster", "admit", "springs", "--key", "steward.key", "--date", "2031-04-01", "request");
check("and is admitted by the program", true);
const again = undersign.enrol({ roster: "Lakes Office", edition: 1, columns: 2,
	given: new Map([[2, enrolment.secrets[1]]]) });
// What makes the tags, s_1 to s_4, comes first; the rest hides them in another commitment.
const tagPart = (secret) => Buffer.from(secret.subarray(0, 128)).toString("hex");
const rest = (secret) => Buffer.from(secret.subarray(128)).toString("hex");
const [kept, fresh] = [again.secrets[1], again.secrets[0]];
check("a given secret keeps its tags, another column's is fresh",
	tagPart(kept) === tagPart(enrolment.secrets[1]) && rest(kept) !== rest(enrolment.secrets[1]) &&
	tagPart(fresh) !== tagPart(enrolment.secrets[0]));
const bad = Buffer.from(enrolment.request);
bad[bad.length - 10] ^= 1;
check("a changed request does not hold", refusal(() => undersign.checkEnrolment(bad)) !== null);

// --- Damage -----------------------------------------------------------------------------------

const whole = readFolder(at("bundle"));
const write = (name, content) => {
	mkdirSync(dirname(at(join("bundle", name))), { recursive: true });
	writeFileSync(at(join("bundle", name)), content);
};
// A folder that is left empty would be a fault of its own.
const remove = (name) => {
	rmSync(at(join("bundle", name)));
	for (let path = dirname(name); path !== "." && readdirSync(at(join("bundle", path))).length === 0;
		path = dirname(path)) {
		rmdirSync(at(join("bundle", path)));
	}
};
let damaged = 0;
const reasons = new Set();
// Does the damage to the folder, compares, and mends it.
function damage(what, name, content) {
	const before = whole.find((file) => file.name === name);
	if (content === null) {
		remove(name);
	} else {
		write(name, content);
	}
	const want = verify("bundle");
	const got = wasmVerify(readFolder(at("bundle")));
	const verdict = JSON.parse(want);
	damaged++;
	if (got !== want || verdict.valid || verdict.problems[0].what === "") {
		check(what, false, `        program ${want}        module  ${got}`);
	} else {
		const [problem] = verdict.problems;
		reasons.add(`${problem.where.replace(/\d+/g, "N")}: ${problem.rule}`);
	}
	if (before) {
		write(name, before.content);
	} else {
		remove(name);
	}
}

function flipped(file, place, bit) {
	const content = Buffer.from(file.content);
	content[place] ^= 1 << bit;
	return content;
}
for (const file of whole) {
	const { name, content } = file;
	if (name === "index.html" && !hasPages) {
		continue;
	}
	// The page alone may be missing.
	if (name !== "index.html") {
		damage(`${name} is missing`, name, null);
	}
	damage(`${name} is empty`, name, Buffer.alloc(0));
	damage(`${name} is short`, name, content.subarray(0, -1));
	damage(`${name} is long`, name, Buffer.concat([content, Buffer.from("\n")]));
	for (const place of [0, content.length >> 1, content.length - 1]) {
		damage(`${name}, byte ${place}`, name, flipped(file, place, below(8)));
	}
}
for (let i = 0; i < N_FLIPS; i++) {
	const file = whole[below(whole.length)];
	if (file.name === "index.html" && !hasPages) {
		continue;
	}
	const place = below(file.content.length);
	damage(`${file.name}, byte ${place}`, file.name, flipped(file, place, below(8)));
}
for (const name of ["extra", "tile/0/001", "texts/de.md", "rosters/3.points", "KEYS", "zzz/zzz"]) {
	damage(`${name} is too much`, name, Buffer.from("too much\n"));
}
const pointFiles = whole.filter(({ name }) => name.endsWith(".points"));
damage("a roster's points are another's", pointFiles[0].name, pointFiles[1].content);
check(`${damaged} damaged bundles: the same verdict, where, rule and what`, damaged > 60);
check(`for ${reasons.size} reasons`, reasons.size >= 10);
checkEqual("mended, it holds again", wasmVerify(readFolder(at("bundle"))), later);
check("as it does for the program", verify("bundle") === later && existsSync(at("bundle/keys")));
end();
