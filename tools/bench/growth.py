"""What a cold start costs, from few namespaces to very many, on the simulated API server; and a plot of it."""

import shutil
import subprocess

from arena import Arena, measure_helper

COLUMNS = ["namespaces", "seconds", "CPU seconds", "requests", "RSS MB", "anonymous MB"]

PLOT = """
set terminal svg size 900,620 font "sans-serif,13" background "white"
set output "{svg}"
set logscale xy
set xlabel "namespaces"
set key left top
set grid
set multiplot layout 2,2
set ylabel "s"
plot "{data}" using 1:2 with linespoints lw 2 title "all served", "{data}" using 1:3 with linespoints lw 2 title "CPU"
set ylabel "requests"
plot "{data}" using 1:4 with linespoints lw 2 title "API requests", 2*x title "2 for each namespace"
set ylabel "MB"
plot "{data}" using 1:5 with linespoints lw 2 title "resident", "{data}" using 1:6 with linespoints lw 2 title "anonymous"
set ylabel "us"
plot "{data}" using 1:($3/$1*1e6) with linespoints lw 2 title "CPU for each namespace"
unset multiplot
"""


class Growth:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder

    def row(self, size):
        arena = Arena(self.folder / f"size-{size}", size, "kubesim", accounts=self.options.accounts,
                      instances=self.options.instances)
        try:
            seen = measure_helper(arena, 0)
        finally:
            arena.lab.remove()
        return [len(arena.namespaces), seen["seconds"], seen["cpu_seconds"], sum(seen["requests"].values()),
                seen["rss_kb"] / 1024, seen["anonymous_kb"] / 1024]

    def run(self):
        print("  ".join(f"{name:>12}" for name in COLUMNS), flush=True)
        rows = []
        for size in (int(text) for text in self.options.sizes.split(",")):
            rows.append(self.row(size))
            print("  ".join(f"{value:12.2f}" if isinstance(value, float) else f"{value:12}" for value in rows[-1]),
                  flush=True)
        if self.options.plot:
            data = self.folder / "growth.dat"
            data.write_text("".join(" ".join(str(value) for value in row) + "\n" for row in rows))
            script = PLOT.format(svg=self.options.plot.resolve(), data=data)
            subprocess.run([shutil.which("gnuplot"), "-"], input=script, text=True, check=True)
            print(f"plot: {self.options.plot}")
