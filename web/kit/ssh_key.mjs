// The seed of an OpenSSH private key without a passphrase (PROTOCOL.key of OpenSSH): for members by raw key.
import { BadFile } from "./texts.mjs";

const BEGIN = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END = "-----END OPENSSH PRIVATE KEY-----";
const MAGIC = "openssh-key-v1\0";

class Wire {
	#bytes;
	#at = 0;

	constructor(bytes) {
		this.#bytes = bytes;
	}

	take(length) {
		if (length > this.#bytes.length - this.#at) {
			throw new BadFile("bad_key_short");
		}
		this.#at += length;
		return this.#bytes.subarray(this.#at - length, this.#at);
	}

	word() {
		return this.take(4).reduce((all, byte) => all * 256 + byte, 0);
	}

	string() {
		return this.take(this.word());
	}

	text() {
		return new TextDecoder().decode(this.string());
	}
}

// 32 bytes, a copy; the caller wipes it.
export function sshSeed(bytes) {
	const lines = new TextDecoder().decode(bytes).trim().split(/\r?\n/);
	if (lines[0] !== BEGIN || lines.at(-1) !== END) {
		throw new BadFile("bad_key");
	}
	let raw;
	try {
		raw = Uint8Array.from(atob(lines.slice(1, -1).join("")), (character) => character.charCodeAt(0));
	} catch {
		throw new BadFile("bad_key");
	}
	const outer = new Wire(raw);
	if (new TextDecoder().decode(outer.take(MAGIC.length)) !== MAGIC) {
		throw new BadFile("bad_key");
	}
	const cipher = outer.text();
	outer.string();
	outer.string();
	if (cipher !== "none") {
		throw new BadFile("bad_key_locked", { command: "undersign sign --ssh-key" });
	}
	if (outer.word() !== 1) {
		throw new BadFile("bad_key_many");
	}
	const publicKey = new Wire(outer.string());
	const kind = publicKey.text();
	if (kind !== "ssh-ed25519") {
		throw new BadFile("bad_key_kind", { kind });
	}
	const inner = new Wire(outer.string());
	const isSame = inner.word() === inner.word();
	if (!isSame || inner.text() !== "ssh-ed25519") {
		throw new BadFile("bad_key_damaged");
	}
	inner.string();
	const pair = inner.string();
	if (pair.length !== 64) {
		throw new BadFile("bad_key_damaged");
	}
	const seed = pair.slice(0, 32);
	raw.fill(0);
	return seed;
}
