"""Measure every peer on one folder of texts; see README.md. Started by `run`.

Each peer builds its index once and then answers one query at a time until its
time is up (but at least AT_LEAST queries). Everything, PostgreSQL and the
tantivy program included, shares a single core.
"""
import argparse
import contextlib
import gc
import importlib.metadata
import json
import math
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import numpy
import psycopg
from datasketch import MinHash, MinHashLSH
from rapidfuzz import fuzz, process

TOP = 10
AT_LEAST = 5
SETS = ("mild", "hard")

# The default of pg_trgm, used by the GIN peer. Lower finds more of the badly damaged
# copies, but every text above it is fetched and compared: 0.1 is 50 times slower.
TRGM_THRESHOLD = 0.3
# Bytes of a GiST signature. The default of 12 is full with a text of a few hundred characters.
GIST_SIGLEN = 256
PERMUTATIONS = 128
# Jaccard similarity of bigram sets from which LSH is to find a text: gives 51 bands of 2.
LSH_THRESHOLD = 0.15


def read(path):
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [r["id"] for r in rows], [r["text"] for r in rows]


def say(*words):
    print("--", *words, file=sys.stderr, flush=True)


# Every peer below is a context manager: it builds its index and yields
# (search, size), search(text) -> ids of the best TOP texts, best first,
# size = bytes of the index or None if there is none (datasketch: growth of the process).


@contextlib.contextmanager
def rapidfuzz(ids, texts):
    def search(text):
        return [ids[at] for _, _, at in process.extract(text, texts, scorer=fuzz.ratio, limit=TOP)]

    yield search, None


@contextlib.contextmanager
def datasketch(ids, texts):
    def bigrams(text):
        return {text[i:i + 2].encode() for i in range(len(text) - 1)}

    before = resident()
    lsh = MinHashLSH(threshold=LSH_THRESHOLD, num_perm=PERMUTATIONS)
    hashes = []
    with lsh.insertion_session() as session:
        for at, sketch in enumerate(MinHash.generator(map(bigrams, texts), num_perm=PERMUTATIONS)):
            session.insert(at, sketch, check_duplication=False)
            hashes.append(sketch.hashvalues)
    hashes = numpy.stack(hashes)

    def search(text):
        sketch = MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch(bigrams(text))
        found = numpy.array(lsh.query(sketch), dtype=int)
        # The Jaccard estimate, MinHash.jaccard() of every candidate in one go.
        estimate = (hashes[found] == sketch.hashvalues).mean(axis=1)
        return [ids[at] for at in found[numpy.argsort(-estimate, kind="stable")[:TOP]]]

    yield search, resident() - before


def resident():
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextlib.contextmanager
def pg_trgm(db, index, query, ids, texts):
    db.execute("DROP TABLE IF EXISTS letters")
    db.execute("CREATE TABLE letters (id bigint, body text)")
    with db.cursor().copy("COPY letters FROM STDIN") as copy:
        for row in zip(ids, texts):
            copy.write_row(row)
    db.execute(f"CREATE INDEX letters_body ON letters USING {index}")
    db.execute("VACUUM ANALYZE letters")
    plan = db.execute("EXPLAIN " + query, {"text": texts[0]}).fetchall()
    if not any("letters_body" in line for line, in plan):
        raise RuntimeError(f"PostgreSQL does not use the index: {plan}")
    size, = db.execute("SELECT pg_relation_size('letters_body')").fetchone()

    def search(text):
        return [n for n, in db.execute(query, {"text": text})]

    yield search, size


def pg_trgm_gin(db, ids, texts):
    query = ("SELECT id FROM letters WHERE body %% %(text)s::text "
             f"ORDER BY body <-> %(text)s::text LIMIT {TOP}")
    return pg_trgm(db, "gin (body gin_trgm_ops)", query, ids, texts)


def pg_trgm_gist(db, ids, texts):
    query = f"SELECT id FROM letters ORDER BY body <-> %(text)s::text LIMIT {TOP}"
    return pg_trgm(db, f"gist (body gist_trgm_ops(siglen={GIST_SIGLEN}))", query, ids, texts)


@contextlib.contextmanager
def postgresql(bindir):
    """A throw-away server in a temporary folder, gone with all its processes at the end.

    Only the local socket is trusted; the TCP port it has to itself refuses everyone.
    """
    # PostgreSQL refuses to run as root.
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    home = tempfile.mkdtemp(prefix="peers-pg-")  # not in PEERS_HOME: socket paths must be short
    if user:
        shutil.chown(home, "postgres", "postgres")

    def tool(name, *args, check=True):
        subprocess.run([f"{bindir}/{name}", "-D", f"{home}/data", *args], check=check, cwd=home,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, **user)

    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        # Without a UTF-8 locale pg_trgm takes no Chinese character for a letter.
        tool("initdb", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject")
        options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": home,
                   "shared_buffers": "512MB", "maintenance_work_mem": "512MB", "work_mem": "64MB", "fsync": "off",
                   "autovacuum": "off", "jit": "off", "max_parallel_workers_per_gather": 0,
                   "max_parallel_maintenance_workers": 0, "enable_seqscan": "off",
                   "pg_trgm.similarity_threshold": TRGM_THRESHOLD}
        tool("pg_ctl", "-w", "-l", f"{home}/log", "-o", " ".join(f"-c {k}={v}" for k, v in options.items()), "start")
        with psycopg.connect(host=home, port=port, user="postgres", dbname="postgres", autocommit=True) as db:
            db.execute("CREATE EXTENSION pg_trgm")
            if not db.execute("SELECT show_trgm('停水')").fetchone()[0]:
                raise RuntimeError("pg_trgm sees no Chinese letters in this locale")
            yield db
    finally:
        if os.path.exists(f"{home}/data/postmaster.pid"):
            tool("pg_ctl", "-m", "immediate", "-w", "stop", check=False)
        shutil.rmtree(home, ignore_errors=True)


def measure(peer, folder, seconds):
    """The same raw result the tantivy program prints, for a peer written in Python."""
    ids, texts = read(folder / "corpus.jsonl")
    start = time.perf_counter()
    with peer(ids, texts) as (search, size):
        result = {"build_s": time.perf_counter() - start, "bytes": size, "sets": {}}
        gc.freeze()  # a large index must not be walked by the collector during queries
        for name in SETS:
            raw = []
            search(texts[0])  # warm-up, not counted
            begin = time.perf_counter()
            for n, text in zip(*read(folder / f"queries-{name}.jsonl")):
                if len(raw) >= AT_LEAST and time.perf_counter() - begin >= seconds:
                    break
                start = time.perf_counter()
                found = search(text)
                raw.append(((time.perf_counter() - start) * 1e3, n in found))
            result["sets"][name] = raw
        gc.unfreeze()
    return result


def statistics(raw):
    ms = sorted(m for m, _ in raw)

    def percentile(p):  # nearest rank
        return ms[max(0, math.ceil(len(ms) * p / 100) - 1)]

    return {"queries": len(ms), "per_second": 1e3 * len(ms) / sum(ms), "p50_ms": percentile(50),
            "p99_ms": percentile(99), "recall_at_10": sum(hit for _, hit in raw) / len(raw)}


def table(results):
    rows = [("peer", "version", "build s", "index MB", "set", "queries", "queries/s", "p50 ms", "p99 ms", "recall@10")]
    for r in results:
        size = "-" if r["bytes"] is None else f"{r['bytes'] / 1e6:.1f}"
        for name, s in r["sets"].items():
            rows.append((r["peer"], r["version"], f"{r['build_s']:.1f}", size, name, str(s["queries"]),
                         f"{s['per_second']:.1f}", f"{s['p50_ms']:.2f}", f"{s['p99_ms']:.2f}",
                         f"{s['recall_at_10']:.3f}"))
    widths = [max(map(len, column)) for column in zip(*rows)]
    left = {0, 1, 4}
    rule = tuple("-" * w if i in left else "-" * (w - 1) + ":" for i, w in enumerate(widths))
    for row in (rows[0], rule, *rows[1:]):
        print("|", " | ".join(c.ljust(w) if i in left else c.rjust(w)
                              for i, (c, w) in enumerate(zip(row, widths))), "|")


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("folder", type=pathlib.Path)
    args.add_argument("--seconds", type=float, default=20, help="time limit per peer and set (default 20)")
    args.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the results there as well")
    args.add_argument("--tantivy", required=True, help="the tantivy program (given by run)")
    args.add_argument("--pg-bindir", required=True, help="folder of initdb and pg_ctl (given by run)")
    args = args.parse_args()

    # One core for everything that is started from here; inherited by the children.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    # Leave through the finally blocks, so that PostgreSQL is stopped.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit("stopped"))

    load = os.getloadavg()[0]
    if load > 1:
        say(f"other programs are busy (load {load:.1f}): the times will be too long")
    results = []

    def add(name, version, result):
        sets = {s: statistics(result["sets"][s]) for s in SETS}
        results.append({**result, "peer": name, "version": version, "sets": sets})

    for mode in ("wand", "union"):
        say("tantivy", mode)
        done = subprocess.run([args.tantivy, args.folder, str(args.seconds), mode], check=True, stdout=subprocess.PIPE)
        result = json.loads(done.stdout)
        add(f"tantivy_{mode}", result["version"], result)
    for peer in (datasketch, rapidfuzz):
        say(peer.__name__)
        version = importlib.metadata.version(peer.__name__)
        add(peer.__name__, version, measure(peer, args.folder, args.seconds))
    with postgresql(args.pg_bindir) as db:
        version = db.info.parameter_status("server_version").split()[0]
        for peer in (pg_trgm_gin, pg_trgm_gist):
            say(peer.__name__)
            try:
                add(peer.__name__, version, measure(lambda *a: peer(db, *a), args.folder, args.seconds))
            except psycopg.errors.ProgramLimitExceeded as refused:
                say(peer.__name__, "cannot index these texts:", refused)

    table(results)
    if args.json:
        args.json.write_text(json.dumps({"seconds": args.seconds, "load": load, "peers": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
