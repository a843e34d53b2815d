"""Programs that cannot outlive their parent."""

import ctypes
import os
import signal
import subprocess

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class Program:
    """One running program; its output goes to files. Start it from the main thread: the kernel
    kills it when the *thread* that started it ends."""

    def __init__(self, name, arguments, folder, env=None, stderr=None):
        """`stderr`: a descriptor that takes the place of the file."""
        self.name = name
        folder.mkdir(parents=True, exist_ok=True)
        self.stdout_path = folder / f"{name}.out"
        self.stderr_path = folder / f"{name}.err"
        parent = os.getpid()

        def die_with_parent():
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

        with open(self.stdout_path, "ab") as out, open(self.stderr_path, "ab") as err:
            self.process = subprocess.Popen(
                [str(argument) for argument in arguments], env=env, stdin=subprocess.DEVNULL,
                stdout=out, stderr=err if stderr is None else stderr, preexec_fn=die_with_parent)
        self.pid = self.process.pid

    @property
    def running(self):
        return self.process.poll() is None

    def send(self, number):
        self.process.send_signal(number)

    def wait(self, seconds):
        """Its exit code, negative for a signal; subprocess.TimeoutExpired if it runs on."""
        return self.process.wait(timeout=seconds)

    def stop(self, number=signal.SIGTERM, seconds=30.0):
        """Asks it to end, kills it if it does not; its exit code."""
        if self.running:
            self.send(number)
            try:
                return self.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode

    def kill(self):
        if self.running:
            self.process.kill()
        return self.process.wait()

    def output(self):
        """Everything that it has written, for an error message."""
        return (self.stdout_path.read_text(errors="replace")
                + self.stderr_path.read_text(errors="replace"))
