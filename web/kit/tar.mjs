// Reads a bundle's tar file (doc/formats.md 7.3): that one form, and no other. Whatever it holds is believed only after it was verified.
import { BadFile } from "./texts.mjs";

const BLOCK = 512;

const isZero = (bytes) => bytes.every((byte) => byte === 0);

// The header that a file of this name and length has.
function header(name, length) {
	const bytes = new Uint8Array(BLOCK);
	const put = (at, text) => bytes.set(new TextEncoder().encode(text), at);
	put(0, name);
	put(100, "000644 ");
	put(108, "000000 ");
	put(116, "000000 ");
	put(124, `${length.toString(8).padStart(11, "0")} `);
	put(136, "00000000000 ");
	put(148, "        ");
	put(156, "0");
	put(257, "ustar\0" + "00");
	put(329, "000000 ");
	put(337, "000000 ");
	const sum = bytes.reduce((all, byte) => all + byte, 0);
	put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
	return bytes;
}

// { name, content } of each file; the contents are views of bytes.
export function readTar(bytes) {
	const files = [];
	let at = 0;
	for (;;) {
		const block = bytes.subarray(at, at + BLOCK);
		if (block.length < BLOCK) {
			throw new BadFile("bad_tar_short");
		}
		if (isZero(block)) {
			break;
		}
		const end = block.indexOf(0);
		const name = new TextDecoder().decode(block.subarray(0, end >= 0 && end < 100 ? end : 100));
		const size = new TextDecoder().decode(block.subarray(124, 136));
		if (!/^[0-7]{11} $/.test(size) || !/^[\x21-\x7e]{1,100}$/.test(name)) {
			throw new BadFile("bad_tar");
		}
		const length = parseInt(size, 8);
		const padded = Math.ceil(length / BLOCK) * BLOCK;
		const wanted = header(name, length);
		const rest = bytes.subarray(at + BLOCK + length, at + BLOCK + padded);
		if (!block.every((byte, i) => byte === wanted[i]) || !isZero(rest)) {
			throw new BadFile("bad_tar_packed", { name });
		}
		if (files.length > 0 && files.at(-1).name >= name) {
			throw new BadFile("bad_tar_order", { name });
		}
		files.push({ name, content: bytes.subarray(at + BLOCK, at + BLOCK + length) });
		at += BLOCK + padded;
	}
	const tail = bytes.subarray(at);
	if (tail.length !== 2 * BLOCK || !isZero(tail)) {
		throw new BadFile("bad_tar_end");
	}
	return files;
}
