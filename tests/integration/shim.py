"""Makes system calls fail, with a small library that is compiled here and loaded before all others (LD_PRELOAD)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import unittest
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from program import SNAPQ, TIME_LIMIT_S, ProgramTest, is_sanitized

# Counts the calls of the kind FAIL_CALL. Call number FAIL_AT fails with FAIL_ERRNO; with FAIL_ON, all later ones fail,
# too. With FAIL_STOP, the process stops itself (SIGSTOP) before the call instead. FAIL_SHORT makes reads and writes
# short. At the end, the number of calls is written to the file FAIL_COUNT. Kind "name" are all calls that make, open,
# rename, lock or remove names; kind "remove" are those that remove names, kind "get" all others of them.
# With FAIL_POOR, the file system supports neither O_TMPFILE nor renameat2.
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;
static const char* kind;
static long fail_at;
static int fail_errno, fail_on, fail_short, fail_stop, fail_poor;

static long number(const char* name) { const char* text = getenv(name); return text ? atol(text) : 0; }

__attribute__((constructor)) static void start(void) {
  kind = getenv("FAIL_CALL");
  if (!kind) kind = "";
  fail_at = number("FAIL_AT");
  fail_errno = (int)number("FAIL_ERRNO");
  fail_on = (int)number("FAIL_ON");
  fail_short = (int)number("FAIL_SHORT");
  fail_stop = (int)number("FAIL_STOP");
  fail_poor = (int)number("FAIL_POOR");
}

__attribute__((destructor)) static void end(void) {
  const char* path = getenv("FAIL_COUNT");
  FILE* file = path ? fopen(path, "w") : NULL;
  if (file) { fprintf(file, "%ld", atomic_load(&calls)); fclose(file); }
}

static int fails(const char* what) {
  if (strcmp(kind, what) != 0) return 0;
  long call = atomic_fetch_add(&calls, 1) + 1;
  if (!fail_at || !(call == fail_at || (fail_on && call > fail_at))) return 0;
  if (fail_stop) { raise(SIGSTOP); return 0; }
  errno = fail_errno;
  return 1;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void* bytes, size_t size) {
  if (fd > 2) { if (fails("write")) return -1; if (fail_short && size > 1) size = size / 2; }
  return NEXT(write)(fd, bytes, size);
}
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  if (fails("write")) return -1;
  if (fail_short && size > 1) size = size / 2;
  return NEXT(pwrite64)(fd, bytes, size, at);
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) { return pwrite64(fd, bytes, size, at); }
ssize_t read(int fd, void* bytes, size_t size) {
  if (fd > 2 && fails("read")) return -1;
  if (fail_short && size > 1000) size = 1000;
  return NEXT(read)(fd, bytes, size);
}
ssize_t pread64(int fd, void* bytes, size_t size, off64_t at) {
  if (fails("read")) return -1;
  return NEXT(pread64)(fd, bytes, size, at);
}
ssize_t pread(int fd, void* bytes, size_t size, off_t at) { return pread64(fd, bytes, size, at); }
int fsync(int fd) { return fails("sync") ? -1 : NEXT(fsync)(fd); }
int fdatasync(int fd) { return fails("sync") ? -1 : NEXT(fdatasync)(fd); }
static int fails_to_get() { return fails("get") || fails("name"); }
static int fails_to_remove() { return fails("remove") || fails("name"); }
static int fails_with_name(const char* what) { return fails(what) || fails_to_get(); }
int link(const char* a, const char* b) { return fails_to_get() ? -1 : NEXT(link)(a, b); }
int linkat(int a, const char* b, int c, const char* d, int e) { return fails_with_name("link") ? -1 : NEXT(linkat)(a, b, c, d, e); }
int rename(const char* a, const char* b) { return fails_with_name("link") ? -1 : NEXT(rename)(a, b); }
int renameat2(int a, const char* b, int c, const char* d, unsigned e) {
  if (fails_with_name("link")) return -1;
  if (fail_poor) { errno = EINVAL; return -1; }
  return NEXT(renameat2)(a, b, c, d, e);
}
int renameat(int a, const char* b, int c, const char* d) { return fails_with_name("link") ? -1 : NEXT(renameat)(a, b, c, d); }
int mkdirat(int folder, const char* path, mode_t mode) { return fails_to_get() ? -1 : NEXT(mkdirat)(folder, path, mode); }
int unlinkat(int folder, const char* path, int how) { return fails_to_remove() ? -1 : NEXT(unlinkat)(folder, path, how); }
int mkdir(const char* path, mode_t mode) { return fails_to_get() ? -1 : NEXT(mkdir)(path, mode); }
int unlink(const char* path) { return fails_to_remove() ? -1 : NEXT(unlink)(path); }
int rmdir(const char* path) { return fails_to_remove() ? -1 : NEXT(rmdir)(path); }
int flock(int fd, int how) { return fails_to_get() ? -1 : NEXT(flock)(fd, how); }
int open64(const char* path, int flags, ...) {
  va_list more; va_start(more, flags); mode_t mode = va_arg(more, mode_t); va_end(more);
  if (fails_to_get()) return -1;
  if (fail_poor && (flags & O_TMPFILE) == O_TMPFILE) { errno = EOPNOTSUPP; return -1; }
  return NEXT(open64)(path, flags, mode);
}
int openat64(int folder, const char* path, int flags, ...) {
  va_list more; va_start(more, flags); mode_t mode = va_arg(more, mode_t); va_end(more);
  if (fails_to_get()) return -1;
  if (fail_poor && (flags & O_TMPFILE) == O_TMPFILE) { errno = EOPNOTSUPP; return -1; }
  return NEXT(openat64)(folder, path, flags, mode);
}
int ftruncate64(int fd, off64_t size) { return fails("truncate") ? -1 : NEXT(ftruncate64)(fd, size); }
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }
int pthread_create(pthread_t* thread, const pthread_attr_t* how, void* (*work)(void*), void* argument) {
  return fails("thread") ? fail_errno : NEXT(pthread_create)(thread, how, work, argument);
}
"""

EIO, EAGAIN, EACCES, EMFILE, ENOSPC, EDQUOT = 5, 11, 13, 24, 28, 122


def as_user(user: int | None) -> dict[str, Any]:
    """The options of Popen that run a process as another user, which needs root."""
    return {} if user is None else {"user": user, "group": user, "extra_groups": []}


class ShimTest(ProgramTest):
    """A test in which calls of the program fail, or in which it stops itself before a call."""

    shim = Path()
    program: str | Path = SNAPQ

    @classmethod
    def setUpClass(cls) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if compiler is None or is_sanitized():
            raise unittest.SkipTest("no C compiler, or a sanitizer that wants to be loaded first")
        holder = tempfile.TemporaryDirectory(prefix="snapq-shim-")
        cls.addClassCleanup(holder.cleanup)
        os.chmod(holder.name, 0o755)  # for tests with several users
        source = Path(holder.name) / "shim.c"
        source.write_text(SHIM)
        cls.shim = Path(holder.name) / "shim.so"
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-w", "-o", cls.shim, source, "-ldl"], check=True)

    def environment(self, call: str, at: int, error: int = ENOSPC, on: bool = False, **more: str) -> dict[str, str]:
        wanted = {"LD_PRELOAD": str(self.shim), "FAIL_CALL": call, "FAIL_AT": str(at), "FAIL_ERRNO": str(error)}
        return {**os.environ, **wanted, **({"FAIL_ON": "1"} if on else {}), **more}

    def counted(self, kind: str, *arguments: str | Path, **more: str) -> int:
        """The number of calls of this kind that a successful command makes."""
        with tempfile.TemporaryDirectory() as folder:
            count = Path(folder) / "count"
            result = self.snapq(*arguments, env=self.environment(kind, 0, FAIL_COUNT=str(count), **more))
            self.assertEqual(result.returncode, 0, result.stderr)
            return int(count.read_text())

    def stopped_before(
        self,
        kind: str,
        at: int,
        arguments: Sequence[str | Path],
        meanwhile: Callable[[subprocess.Popen[str]], object],
        user: int | None = None,
        **more: str,
    ) -> tuple[int, str]:
        """The exit code and messages of a command when something happens before its call `at` of this kind."""
        process = subprocess.Popen(
            [self.program, *arguments], cwd=self.directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, env=self.environment(kind, at, FAIL_STOP="1", **more), **as_user(user),
        )  # fmt: skip
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        self.assertTrue(os.WIFSTOPPED(status), f"it never came to {kind} {at}")
        meanwhile(process)
        process.send_signal(signal.SIGCONT)
        said = process.communicate(timeout=TIME_LIMIT_S)[1]
        return process.returncode, said
