"""Runs draw files again, from README.md alone. Standard library only.

    draw.py FILE [CODE]      a published draw, and the code that was published
    draw.py vectors.json     the worked examples
"""
import hashlib
import hmac
import json
import re
import sys


def digest(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def lines(text, fields):
    if not text:
        return []
    assert text.endswith("\n"), "a line without its end"
    rows = text[:-1].split("\n")
    raw = [row.encode("utf-8") + b"\n" for row in rows]
    assert raw == sorted(raw) and len(set(raw)) == len(raw), "lines out of order"
    cells = [row.split("\t") for row in rows]
    assert all(len(c) == fields and c[0] for c in cells), "a malformed line"
    return cells


class Stream:
    def __init__(self, seed, label):
        self.seed, self.label, self.block, self.rest = seed, label, 0, b""

    def below(self, n):
        limit = n * ((1 << 64) // n)
        while True:
            if not self.rest:
                text = f"plumbline draw stream 1\n{self.label}\n{self.block}\n"
                self.rest = hmac.new(self.seed, text.encode("utf-8"), hashlib.sha256).digest()
                self.block += 1
            u, self.rest = int.from_bytes(self.rest[:8], "big"), self.rest[8:]
            if u < limit:
                return u % n


def seed_of(f):
    text = "plumbline draw seed 1\n" + digest(f["commitment"]) + "\n" + f["secret"] + "\n"
    return hashlib.sha256((text + "".join(v + "\n" for v in f["values"])).encode("utf-8")).digest()


def code_of(commitment):
    return "-".join(re.findall("....", digest(commitment)[:24]))


def check_commitment(f):
    said = f["commitment"].split("\n")
    sources = [s[7:] for s in said if s.startswith("source ")]
    at = [s for s in said if s.startswith("at ")]
    want = ["plumbline draw commitment 1"]
    want += [name + " " + digest(f[name]) for name in ("plan", "targets", "inspectors", "recusals", "exclusions")]
    want += ["secret " + digest("plumbline draw secret 1\n" + f["secret"])]
    want += ["source " + s for s in sources] + at[:1] + [""]
    assert said == want, "the commitment is of other lists or another secret"
    assert 1 <= len(sources) == len(f["values"]) <= 20 and len(f["secret"]) >= 20
    assert all(v and v == v.strip() for v in f["values"])


def run(f):
    """Gives the result and the replacements as they have to be."""
    plan = json.loads(f["plan"])
    targets = lines(f["targets"], 3)
    people = [p for p in lines(f["inspectors"], 4) if p[1] >= plan["certificate_until"]]
    apart = {(r[0], r[1]) for r in lines(f["recusals"], 3)}
    lines(f["exclusions"], 3)
    seed, load, left = seed_of(f), {}, set()

    def fill(target, team, stream):
        team = list(team)
        while len(team) < plan["team"]:
            able = [p[0] for p in people if p[0] not in team and (p[0], target) not in apart and (p[0], target) not in left]
            if not able:
                break
            least = min(load.get(p, 0) for p in able)
            able = [p for p in able if load.get(p, 0) == least]
            one = able[stream.below(len(able))]
            load[one] = load.get(one, 0) + 1
            team.append(one)
        return team

    standing, reserve = [], {}
    for stratum in plan["strata"]:
        ids = [t[0] for t in targets if t[1] == stratum["name"]]
        stream = Stream(seed, "targets/" + stratum["name"])
        for k in range(len(ids) - 1):
            other = k + stream.below(len(ids) - k)
            ids[k], ids[other] = ids[other], ids[k]
        standing += [{"stratum": stratum["name"], "target": t} for t in ids[: stratum["quota"]]]
        reserve[stratum["name"]] = ids[stratum["quota"]:]
    stream = Stream(seed, "inspectors")
    for d in standing:
        d["team"] = fill(d["target"], [], stream)
    result = [dict(d) for d in standing]

    replacements = []
    for n, told in enumerate(f["replacements"], 1):
        stream = Stream(seed, f"replacement/{n}")
        d = next(d for d in standing if d["target"] == told["target"])
        r = {k: told[k] for k in ("kind", "target", "reason", "at")}
        assert r["reason"].strip()
        if r["kind"] == "target":
            for p in d["team"]:
                load[p] -= 1
            if reserve[d["stratum"]]:
                r["by"] = reserve[d["stratum"]].pop(0)
                r["team"] = fill(r["by"], [], stream)
                d["target"], d["team"] = r["by"], r["team"]
            else:
                r["by"] = ""
                standing.remove(d)
        else:
            who = r["inspector"] = told["inspector"]
            full = len(d["team"]) == plan["team"]
            load[who] -= 1
            left.add((who, d["target"]))
            rest = [p for p in d["team"] if p != who]
            d["team"] = fill(d["target"], rest, stream) if full else rest
            r["by"] = d["team"][-1] if len(d["team"]) > len(rest) else ""
        replacements.append(r)
    return result, replacements


def hold(f, code=None):
    check_commitment(f)
    if code is not None:
        typed = re.sub("[^0-9a-z]", "", code.lower())
        assert typed == code_of(f["commitment"]).replace("-", ""), "another code was published"
    result, replacements = run(f)
    assert result == f["result"], "the lot falls another way"
    told = [{k: v for k, v in r.items() if v or k == "by"} for r in f["replacements"]]
    assert [{k: v for k, v in r.items() if v or k == "by"} for r in replacements] == told, "a replacement was not by the rule"


def main(path, code=None):
    with open(path, encoding="utf-8") as file:
        f = json.load(file)
    if "draws" not in f:
        hold(f, code)
        print("the draw holds" + ("" if code else "; its code was not checked"))
        return
    for draw in f["draws"]:
        hold(draw, f["code"])
    assert seed_of(f["draws"][0]).hex() == f["seed"]
    for label, numbers in f["numbers"].items():
        stream = Stream(bytes.fromhex(f["seed"]), label)
        assert numbers == [stream.below([2, 3, 10, 1 << 31][n % 4]) for n in range(len(numbers))], label
    print(len(f["draws"]), "draws hold")


if __name__ == "__main__":
    main(*sys.argv[1:])
