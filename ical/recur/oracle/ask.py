"""Puts cases to one implementation and prints its answers, one a line.

    python ask.py [--seconds N] CASES.tsv COMMAND... > ANSWERS.txt

The command reads a case a line and answers each with a line: the instances, or
"!" and a reason. Where it does not answer in time, or dies, it is started anew
behind that case, and the answer is "! no answer".
"""
import argparse
import select
import subprocess


class Oracle:
    def __init__(self, command, seconds):
        self.command = command
        self.seconds = seconds
        self.process = None

    def ask(self, case):
        if self.process is None:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            self.process.stdin.write(case.encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            return self.stop()
        ready, _, _ = select.select([self.process.stdout], [], [], self.seconds)
        line = self.process.stdout.readline() if ready else b""
        return line.decode().rstrip("\n") if line else self.stop()

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process = None
        return "! no answer"


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--seconds", type=float, default=1)
    args.add_argument("cases")
    args.add_argument("command", nargs=argparse.REMAINDER)
    args = args.parse_args()
    oracle = Oracle(args.command, args.seconds)
    with open(args.cases) as cases:
        for case in cases:
            print(oracle.ask(case), flush=True)
    if oracle.process:
        oracle.process.stdin.close()


if __name__ == "__main__":
    main()
