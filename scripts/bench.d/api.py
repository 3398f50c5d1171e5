"""Requests of the management API a second, by wrk, with few users and with many."""

import statistics

from registry import FEW, PAGE, Site
from rows import Row
from servers import Failed, clean, new_directory
from table import figure, spread

CONNECTIONS = 8
KINDS = {"create": "CreateUser", "list": f"ListUsers, a page of {PAGE} from the middle", "read": "ReadUser, any"}
SCRIPT = """
local names, number, thread_number = {}, 0, 0
function setup(thread) thread_number = thread_number + 1; thread:set("place", thread_number) end
function init(arguments)
    kind, run = arguments[1], arguments[2]
    if kind == "read" then for name in io.lines(arguments[3]) do names[#names + 1] = name end end
    if kind == "list" then path = arguments[3] end
    math.randomseed(place)
end
function request()
    if kind == "read" then return wrk.format("GET", "/2022-04-01/users/" .. names[math.random(#names)]) end
    if kind == "list" then return wrk.format("GET", "/2022-04-01" .. path) end
    number = number + 1
    local body = string.format('{"homeDirectory": "/made/%s-%d-%d", "description": "Made by wrk"}', run, place, number)
    return wrk.format("POST", "/2022-04-01/users", nil, body)
end
"""


class API(Row):
    """Requests of the management API a second with few users and with many: a table of its own."""

    def lines(self):
        return []

    def prepare(self):
        options = self.bench.options
        self.place = new_directory(options.disk)
        self.script = self.place / "requests.lua"
        self.script.write_text(SCRIPT)
        self.sites, self.names, self.rates, self.runs = [], {}, {}, 0
        for count in (FEW, min(options.users, 100_000) if self.quick else options.users):
            site = Site(options, self.place / str(count), count)
            self.sites.append(site)
            self.names[count] = self.place / f"names-{count}"
            sample = site.names if len(site.names) < 20_000 else site.generator.sample(site.names, 20_000)
            self.names[count].write_text("\n".join(sample) + "\n")
            self.bench.say(f"{self.name}: {count:,} users")

    def units(self):
        return [(kind,) for kind in KINDS]

    def servers(self, kind):
        return self.sites

    def measure_once(self, site, unit):
        try:
            rate = self.rate(site, *unit)
            self.rates.setdefault(unit[0], {}).setdefault(site.count, []).append(rate)
        except Failed as error:
            self.bench.say(f"FAILED: {self.name} {unit} {site.count}: {error}")

    def rate(self, site, kind):
        self.runs += 1
        last = {"read": str(self.names[site.count]), "list": site.pages()["middle"], "create": ""}[kind]
        return site.requests_per_second(self.script, CONNECTIONS, 1 if self.quick else 4, kind, str(self.runs), last)

    def finish(self):
        for site in self.sites:
            site.berth.stop()
        clean(self.place)
        if self.rates:
            self.bench.extra.append("\n".join(self.markdown()))
            self.bench.raw["api"] = self.rates

    def markdown(self):
        counts = [site.count for site in self.sites]
        columns = " | ".join(f"{count:,} users" for count in counts)
        yield f"| requests a second, {CONNECTIONS} connections | {columns} | ratio |"
        yield "|---|" + "---|" * 3
        for kind, title in KINDS.items():
            rates = [self.rates.get(kind, {}).get(count, []) for count in counts]
            cells = [spread(each) for each in rates]
            ratio = figure(statistics.median(rates[1]) / statistics.median(rates[0])) if all(rates) else "–"
            yield f"| {title} | {' | '.join(cells)} | {ratio} |"
