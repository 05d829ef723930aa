"""Puts cases to one implementation and prints its answers, one a line.

    python ask.py CASES.tsv COMMAND... > ANSWERS.txt

The command reads a case a line and answers each with a line: the instances, or
"!" and a reason. Where it does not answer within three seconds, or dies, it is started
anew behind that case, and the answer is "! no answer".
"""
import select
import subprocess
import sys

SECONDS = 3


class Oracle:
    def __init__(self, command):
        self.command = command
        self.process = None

    def ask(self, case):
        if self.process is None:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            self.process.stdin.write(case.encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            return self.stop()
        ready, _, _ = select.select([self.process.stdout], [], [], SECONDS)
        line = self.process.stdout.readline() if ready else b""
        return line.decode().rstrip("\n") if line else self.stop()

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process = None
        return "! no answer"


def main():
    oracle = Oracle(sys.argv[2:])
    with open(sys.argv[1]) as cases:
        for case in cases:
            print(oracle.ask(case), flush=True)
    if oracle.process:
        oracle.process.stdin.close()


if __name__ == "__main__":
    main()
