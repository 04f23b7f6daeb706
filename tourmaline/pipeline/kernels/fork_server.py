"""The fork server of warm kernels: a program that imports the stack once and forks an ipykernel for each request.

    python fork_server.py LISTENER MODULE...

LISTENER is the number of an open socket (AF_UNIX, SOCK_SEQPACKET), alone in its folder. Each connection is the control socket of one kernel:

    client                                          fork server
    {"arguments", "cwd", "environment"}, 3 streams  {"pid"} or {"refused": why}
    {"signal": number}
                                                    {"exit": code}, when the kernel has ended

If the client lets go of the control socket, its kernel is killed. If standard input ends, its client is gone: the fork server kills
every kernel and ends. A kernel dies with the fork server.

Only the standard library is imported here, nothing of ours: a kernel must load our modules itself, so that its record
names those which it used and none is older than its file. It is run by path, for the same reason.
"""

import contextlib
import ctypes
import gc
import json
import os
import random
import select
import selectors
import shutil
import signal
import socket
import sys
import warnings
from importlib import import_module, util
from pathlib import Path

# What Python or the stack reads once, at its start: a kernel that wants it otherwise cannot be forked from here.
READ_AT_START = (
    "PYTHON",
    "LC_",
    "LANG",
    "TZ",
    "LD_",
    "OMP_",
    "OPENBLAS_",
    "MKL_",
    "HOME",
    "XDG_",
    "MPLCONFIG",
    "MATPLOTLIB",
)
# What every kernel imports before it answers.
KERNEL_MODULES = (
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "IPython.core.completer",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "sqlite3",
    "faulthandler",
)
COLUMNS_IN_A_KERNEL = 20  # of a table, by pandas' own choice
LONGEST_REQUEST = 1 << 20
STDIN = 0
PR_SET_PDEATHSIG = 1


def at_start(environment):
    """The part of an environment that is read only once."""
    return {name: value for name, value in environment.items() if name.startswith(READ_AT_START)}


def preload(modules):
    """Import the stack; say why no kernel may be forked after that, or nothing."""
    warned = []
    warnings.showwarning = lambda message, category, *place: warned.append(f"{category.__name__}: {message}")
    for name in modules:
        if select.select([STDIN], [], [], 0)[0]:
            return "its client is gone"
        try:
            import_module(name)
        except ImportError:
            pass  # what is missing is missing in a cold kernel too, in the cell that wants it
        except Exception as error:
            return f"importing {name} fails: {error}"
        if len(list(Path("/proc/self/task").iterdir())) > 1:
            return f"importing {name} starts threads"
    warnings.showwarning = warnings._showwarning_orig
    if "pandas" in sys.modules:  # imported outside a kernel it leaves columns out that it shows in one
        sys.modules["pandas"].set_option("display.max_columns", COLUMNS_IN_A_KERNEL)
    if warned:  # a cold kernel would show it in the cell that imports
        return f"importing the stack warns: {warned[0]}"
    return ""


class ControlSockets:
    """The connections of the fork server, and the kernel at the end of each."""

    def __init__(self, listener, refusal):
        self.listener, self.refusal = listener, refusal
        self.kernels = {}  # connection -> process id; None before the kernel was asked for and after it ended
        self.wake, self.woken = socket.socketpair()
        for end in (self.wake, self.woken):
            end.setblocking(False)
        signal.set_wakeup_fd(self.wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.selector = selectors.DefaultSelector()
        for source in (STDIN, listener, self.woken):
            self.selector.register(source, selectors.EVENT_READ)

    def serve(self):
        """Answer requests; return None when the client is gone, and in a forked child what the kernel was asked with."""
        while True:
            for key, _ in self.selector.select():
                if key.fileobj == STDIN:
                    return None
                if key.fileobj is self.woken:
                    self._reap()
                elif key.fileobj is self.listener:
                    connection, _ = self.listener.accept()
                    self.kernels[connection] = None
                    self.selector.register(connection, selectors.EVENT_READ)
                elif key.fileobj in self.kernels:
                    child = self._answer(key.fileobj)
                    if child:
                        return child
        return None

    def _answer(self, connection):
        try:
            message, streams, _, _ = socket.recv_fds(connection, LONGEST_REQUEST, 3)
        except OSError:
            message, streams = b"", []
        if not message:
            self._let_go(connection)
            return None
        request = json.loads(message)
        if "signal" in request:
            self._signal(self.kernels[connection], request["signal"])
            return None
        refusal = self.refusal or self._differs(request["environment"])
        pid = None if refusal else os.fork()
        if pid == 0:
            return request, streams
        for stream in streams:
            os.close(stream)
        self.kernels[connection] = pid
        self._tell(connection, {"refused": refusal} if refusal else {"pid": pid})
        return None

    def _differs(self, environment):
        wanted, ours = at_start(environment), at_start(os.environ)
        names = sorted(name for name in wanted.keys() | ours.keys() if wanted.get(name) != ours.get(name))
        return f"its environment differs in {', '.join(names)}" if names else ""

    @staticmethod
    def _tell(connection, message):
        with contextlib.suppress(OSError):  # the client may be gone
            connection.send(json.dumps(message).encode())

    @staticmethod
    def _signal(pid, number):
        if pid is None:
            return
        try:
            os.killpg(pid, number)
        except ProcessLookupError:  # it has not yet made its own group
            os.kill(pid, number)  # it is not reaped, so the number is still its own

    def _let_go(self, connection):
        self._signal(self.kernels.pop(connection), signal.SIGKILL)
        self.selector.unregister(connection)
        connection.close()

    def _reap(self):
        with contextlib.suppress(BlockingIOError):
            while self.woken.recv(1024):
                pass
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                for connection, kernel in self.kernels.items():
                    if kernel == pid:
                        self.kernels[connection] = None
                        self._tell(connection, {"exit": os.waitstatus_to_exitcode(status)})

    def kill_all(self):
        for pid in self.kernels.values():
            self._signal(pid, signal.SIGKILL)

    def close(self):
        """Close in the child what is the fork server's alone; as objects, lest one closes a number that was given again."""
        signal.set_wakeup_fd(-1)
        for source in (self.selector, self.listener, self.wake, self.woken, *self.kernels):
            source.close()


def become_kernel(parent, imported, request, streams):
    """Make of this forked process what a new one would be, and run the kernel in it."""
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # it died before it could be watched
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGCHLD, signal.SIG_DFL)):
        signal.signal(number, handler)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update({**imported, **request["environment"]})
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    if "matplotlib" in sys.modules:  # it took its backend from the environment when it was imported
        backend = os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
        sys.modules["matplotlib"].rcParams["backend"] = backend
    sys.argv = [util.find_spec("ipykernel_launcher").origin, *request["arguments"]]
    # It watches its parent, whose number it would have read from the environment when it was imported.
    watch = f"--IPKernelApp.parent_handle={parent}"
    import_module("ipykernel.kernelapp").IPKernelApp.launch_instance([*request["arguments"], watch])


def main():
    listener = socket.socket(fileno=int(sys.argv[1]))
    del sys.path[0]  # this program's own folder
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the client's to answer
    before = dict(os.environ)
    gc.disable()  # imports make much and drop little
    refusal = preload([*KERNEL_MODULES, *sys.argv[2:]])
    imported = {name: value for name, value in os.environ.items() if name not in before}  # what modules set for others
    gc.collect()
    gc.freeze()  # the collector of a child must not touch, and so copy, what is shared
    gc.enable()
    parent = os.getpid()
    control_sockets = ControlSockets(listener, refusal)
    child = control_sockets.serve()
    if child:
        control_sockets.close()
        become_kernel(parent, imported, *child)
    else:
        control_sockets.kill_all()
        shutil.rmtree(Path(listener.getsockname()).parent, ignore_errors=True)  # the client may have been killed


if __name__ == "__main__":
    main()
