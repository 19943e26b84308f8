#!/usr/bin/env python3
"""The reference against tests/vectors/proof.json, byte for byte where the vectors have a tape."""
import json
import sys

import proofs as p
from curve import scalar_decode


def check(what, holds):
	if not holds:
		sys.exit("does not hold: " + what)
	check.n += 1


check.n = 0
flip = lambda data: data[:-1] + bytes([data[-1] ^ 1])
unhex = bytes.fromhex


def secrets_of(rows):
	return [scalar_decode(unhex(s)) for s in rows]


def check_sigs(what, ring, sigs, secret_at, scope, msg):
	for sig in sigs:
		data = unhex(sig["sig"])
		secret = secret_at(sig["i"])
		check(what + " verifies", p.verify(ring, scope, msg, data))
		check(what + " is the tape's", secret is None or
			p.sign(ring, sig["i"], secret, scope, msg, p.Tape(sig["tape_start"])) == data)
		check(what + " fails when changed", not p.verify(ring, scope, msg, flip(data)))
		check(what + " fails for another message", not p.verify(ring, scope, msg + b"x", data))
		check(what + " fails in another scope", not p.verify(ring, flip(scope), msg, data))


def main(path):
	v = json.load(open(path))
	check("G_j", [p.gen_g(j).encode().hex() for j in range(1, 5)] == v["G_j"])
	check("H", p.gen_h().encode().hex() == v["H"])
	check("P_0_0", p.gen_pq(b"P", 0, 0).encode().hex() == v["P_0_0"])
	check("Q_1_3", p.gen_pq(b"Q", 1, 3).encode().hex() == v["Q_1_3"])
	scope, msg, payload = unhex(v["scope"]), unhex(v["msg"]), unhex(v["payload"])
	check("U_j", [u.encode().hex() for u in p.scope_points(scope)] == v["U_j"])
	as_entries = lambda rows: [(k, unhex(s), unhex(m)) for k, s, m in rows]
	text = lambda code: unhex(code).decode()

	snapshot = p.Snapshot(text(v["org"]), as_entries(v["entries"]))
	check("root", snapshot.root.hex() == v["root"])
	ring = snapshot.ring()
	check("ring id", ring.id.hex() == v["ring_id"])
	check("radices", ring.radices == v["radices"])
	secrets = [secrets_of(s) for s in v["secrets"]]
	for i, secret in enumerate(secrets):
		check("commitment", p.commitment(secret) == ring.elements[i])
	check_sigs("signature", ring, v["sigs"], lambda i: secrets[i], scope, msg)
	items = [(ring, scope, msg, unhex(s["sig"])) for s in v["sigs"]]
	check("batch", p.verify_batch(items) == [])
	items[1] = items[1][:3] + (flip(items[1][3]),)
	items[3] = items[3][:2] + (msg + b"x",) + items[3][3:]
	check("batch names the bad ones", p.verify_batch(items) == [1, 3])

	withdrawal, claim = unhex(v["withdraw_1"]), unhex(v["claim_1"])
	check("withdrawal", p.withdraw_holds(scope, payload, withdrawal))
	check("changed withdrawal", not p.withdraw_holds(scope, payload, flip(withdrawal)))
	check("withdrawal of another payload", not p.withdraw_holds(scope, payload + b"x", withdrawal))
	check("claim", p.claim_holds(ring, 1, scope, payload, claim))
	check("claim of another", not p.claim_holds(ring, 0, scope, payload, claim))
	vk, t = unhex(v["VK"]), p.tag(secrets[1], scope).encode()
	dv, fake = unhex(v["dv_claim_1"]), unhex(v["dv_fake_2"])
	check("designated claim", p.dv_claim_holds(ring, 1, scope, payload, vk, t, dv))
	check("designated claim of another", not p.dv_claim_holds(ring, 0, scope, payload, vk, t, dv))
	check("the verifier's own", p.dv_claim_holds(ring, 2, scope, payload, vk,
		t, fake))
	check("registration", p.register_holds(snapshot.org, snapshot.entries[1][2], 0,
		snapshot.entries[1][1], unhex(v["register_1"])))
	check("registration elsewhere", not p.register_holds(snapshot.org + "x", snapshot.entries[1][2],
		0, snapshot.entries[1][1], unhex(v["register_1"])))

	merged = v["merged"]
	for version in merged["versions"]:
		parts = []
		for org in version["orgs"]:
			parts.append(p.Snapshot(text(org["org"]), as_entries(org["entries"])))
			check("root of an organisation", parts[-1].root.hex() == org["root"])
		ring = p.join(text(merged["name"]), parts)
		check("merged ring", (ring.n, ring.root.hex(), ring.id.hex(), ring.radices) ==
			(version["N"], version["root"], version["ring_id"], version["radices"]))
		check_sigs("merged signature", ring, version["sigs"],
			lambda i: secrets_of(merged["secret_b2"]), scope, msg)

	columns = v["columns"]
	org = text(columns["org"])
	for at, column in enumerate(columns["columns"]):
		entries = []
		for e in columns["enrolments"]:
			sources = e["sources"]
			source, meta = unhex(sources[at if len(sources) > 1 else 0]), unhex(e["meta"])
			entries.append((e["kind"], source, meta))
			for c, proof in enumerate(e.get("proofs") or []):
				check("registration of a column", p.register_holds(org, meta, c + 1,
					unhex(sources[c]), unhex(proof)))
				check("registration of the other column", not p.register_holds(org, meta, 2 - c,
					unhex(sources[c]), unhex(proof)))
		ring = p.Snapshot(org, entries).ring()
		check("column", (ring.root.hex(), ring.id.hex()) == (column["root"], column["ring_id"]))
		check_sigs("signature of a column", ring, column["sigs"],
			lambda i: secrets_of(columns["secrets_0"][at]), scope, msg)

	messages = v["messages"]
	check("message", p.sign_message(unhex(messages["body"]), 1, b"\2\0").hex() ==
		messages["sign_seq1_choices_2_0"])
	check("withdrawal's payload", p.withdraw_message(2).hex() == messages["withdraw_seq2"])
	letter = v["letter"]
	manifest = letter["manifest"].encode()
	check("context", p.context(manifest).hex() == letter["context"])
	check("scope", p.letter_scope(manifest).hex() == letter["scope"])
	check("poll's scope", p.letter_scope(manifest, 2, 0).hex() == letter["poll_0_scope"])
	check("U_j", [u.encode().hex() for u in p.scope_points(unhex(letter["scope"]))] == letter["U_j"])
	key = v["vk"]
	check("verifier's key", p.vk_holds(key["name"].encode(), unhex(key["VK"]), unhex(key["proof"])))
	check("verifier's name", not p.vk_holds(b"x", unhex(key["VK"]), unhex(key["proof"])))
	check("claim's payload", p.claim_message(key["claim_payload_text"].encode()).hex() ==
		key["claim_payload"])
	print(check.n, "checks against", path)


main(sys.argv[1])
