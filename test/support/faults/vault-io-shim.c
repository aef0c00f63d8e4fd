// Makes the n-th file operation below one directory fail, for tests of what a program does then. Preloaded
// (LD_PRELOAD); works in every thread; never touches files elsewhere.
//
//   VAULT_FAULT_DIR        the directory
//   open("/fault/arm/N/ERRNO/MODE")
//                          arms: operation N from now fails with ERRNO, alone (MODE 0) or with all after it (MODE 1).
//                          Fails itself, with ENOENT.
//   open("/fault/disarm")  disarms; gives a file that says how many operations there were since, and how many failed
//   VAULT_FAULT_RECORD     a file to which every such operation is written down, in order, for playing a power cut: a line
//                          `W path offset length` and so many bytes, `T path size`, `S path`, `C path`, `U path`
//   open("/fault/mark/TEXT")
//                          writes down `M TEXT`. Fails itself, with ENOENT.
//
// Operations that change files: open for writing, write, truncate, allocate, flush, unlink. Reading can be chosen as well
// (VAULT_FAULT_READS=1). A write that fails is torn: half of it is done.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long armed_at = 0, operations = 0, failures = 0;
static int armed_errno = 0, armed_mode = 0;

static const char *directory(void) {
  static const char *value;
  if (value == NULL) value = getenv("VAULT_FAULT_DIR");
  return value;
}

static int is_below(const char *path) {
  const char *top = directory();
  return top != NULL && path != NULL && strncmp(path, top, strlen(top)) == 0;
}

static int is_fd_below(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = '\0';
  return is_below(path);
}

// Counts one operation; true when it has to fail, with errno set.
static int fails(void) {
  pthread_mutex_lock(&lock);
  operations++;
  int hit = armed_at > 0 && (operations == armed_at || (armed_mode == 1 && operations > armed_at));
  if (hit) failures++;
  int code = armed_errno;
  pthread_mutex_unlock(&lock);
  if (hit) errno = code;
  return hit;
}

// Writes one operation down. The lock is held, so that the order is the order of what follows.
static void record(const char *line, const void *data, size_t size) {
  static int log = -2;
  if (log == -2) {
    static int (*real)(const char *, int, ...);
    real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    const char *path = getenv("VAULT_FAULT_RECORD");
    log = path == NULL ? -1 : real(path, O_CREAT | O_WRONLY | O_APPEND, 0600);
  }
  if (log < 0) return;
  static ssize_t (*put)(int, const void *, size_t);
  if (put == NULL) put = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  if (put(log, line, strlen(line)) < 0 || put(log, "\n", 1) < 0) abort();
  if (size > 0 && put(log, data, size) != (ssize_t)size) abort();
}

static int is_recording(void) { return getenv("VAULT_FAULT_RECORD") != NULL; }

static void path_of(int fd, char *path, size_t capacity) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, capacity - 1);
  path[length < 0 ? 0 : length] = '\0';
}

static int control(const char *path, int *result) {
  if (path == NULL || strncmp(path, "/fault/", 7) != 0) return 0;
  pthread_mutex_lock(&lock);
  long at;
  int code, mode;
  if (strncmp(path, "/fault/mark/", 12) == 0) {
    char line[512];
    snprintf(line, sizeof line, "M %s", path + 12);
    record(line, NULL, 0);
    errno = ENOENT;
    *result = -1;
  } else if (sscanf(path, "/fault/arm/%ld/%d/%d", &at, &code, &mode) == 3) {
    armed_at = at;
    armed_errno = code;
    armed_mode = mode;
    operations = failures = 0;
    errno = ENOENT;
    *result = -1;
  } else {
    armed_at = 0;
    int fd = memfd_create("faults", 0);
    dprintf(fd, "%ld %ld", operations, failures);
    lseek(fd, 0, SEEK_SET);
    *result = fd;
  }
  pthread_mutex_unlock(&lock);
  return 1;
}

#define REAL(name, type) ((type)dlsym(RTLD_NEXT, #name))

// Opens a file that may be new, and writes down that it is.
static int create(const char *path, int flags, int mode, int (*real)(const char *, int, ...)) {
  pthread_mutex_lock(&lock);
  int is_new = access(path, F_OK) != 0;
  int fd = real(path, flags, mode);
  if (is_new && fd >= 0) {
    char line[4200];
    snprintf(line, sizeof line, "C %s", path);
    record(line, NULL, 0);
  }
  pthread_mutex_unlock(&lock);
  return fd;
}

#define OPEN(name)                                                                   \
  int name(const char *path, int flags, ...) {                                       \
    static int (*real)(const char *, int, ...);                                      \
    if (real == NULL) real = REAL(name, int (*)(const char *, int, ...));            \
    va_list list;                                                                    \
    va_start(list, flags);                                                           \
    int mode = va_arg(list, int);                                                    \
    va_end(list);                                                                    \
    int result;                                                                      \
    if (control(path, &result)) return result;                                       \
    if ((flags & (O_WRONLY | O_RDWR)) != 0 && is_below(path) && fails()) return -1; \
    if ((flags & O_CREAT) != 0 && is_recording() && is_below(path)) {                \
      return create(path, flags, mode, real);                                        \
    }                                                                                \
    return real(path, flags, mode);                                                  \
  }
OPEN(open)
OPEN(open64)

// One operation on a file below the directory, with what is written down of it.
#define RECORDED(format, number, data, size, call)                              \
  if (!is_recording()) return call;                                             \
  pthread_mutex_lock(&lock);                                                    \
  char path[4096], line[4200];                                                  \
  path_of(fd, path, sizeof path);                                               \
  snprintf(line, sizeof line, format, path, number);                            \
  record(line, data, size);                                                     \
  long outcome = (long)call;                                                    \
  pthread_mutex_unlock(&lock);                                                  \
  return outcome

#define ON_FD(name, parameters, arguments, format, number)                      \
  int name parameters {                                                         \
    static int(*real) parameters;                                               \
    if (real == NULL) real = REAL(name, int(*) parameters);                     \
    if (!is_fd_below(fd)) return real arguments;                                \
    if (fails()) return -1;                                                     \
    RECORDED(format, number, NULL, 0, real arguments);                          \
  }

// A write that fails has written the first half all the same: a torn page.
#define WRITE(name, parameters, arguments, half, position)                      \
  ssize_t name parameters {                                                     \
    static ssize_t(*real) parameters;                                           \
    if (real == NULL) real = REAL(name, ssize_t(*) parameters);                 \
    if (!is_fd_below(fd)) return real arguments;                                \
    if (fails()) {                                                              \
      int code = errno;                                                         \
      if (real half < 0) errno = 0;                                             \
      errno = code;                                                             \
      return -1;                                                                \
    }                                                                           \
    long at = position;                                                         \
    char header[64];                                                            \
    snprintf(header, sizeof header, "W %%s %ld %%zu", at);                      \
    RECORDED(header, size, data, size, real arguments);                         \
  }
WRITE(write, (int fd, const void *data, size_t size), (fd, data, size), (fd, data, size / 2),
      (long)lseek(fd, 0, SEEK_CUR))
WRITE(pwrite, (int fd, const void *data, size_t size, off_t offset), (fd, data, size, offset),
      (fd, data, size / 2, offset), (long)offset)
WRITE(pwrite64, (int fd, const void *data, size_t size, off64_t offset), (fd, data, size, offset),
      (fd, data, size / 2, offset), (long)offset)
ON_FD(ftruncate, (int fd, off_t size), (fd, size), "T %s %ld", (long)size)
ON_FD(ftruncate64, (int fd, off64_t size), (fd, size), "T %s %ld", (long)size)
ON_FD(fallocate, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size), "T %s %ld",
      (long)(at + size))
ON_FD(fsync, (int fd), (fd), "S %s %d", 0)
ON_FD(fdatasync, (int fd), (fd), "S %s %d", 0)

static int reads_fail(void) {
  static int value = -1;
  if (value < 0) value = getenv("VAULT_FAULT_READS") != NULL;
  return value;
}

#define READ(name, parameters, arguments)                                       \
  ssize_t name parameters {                                                     \
    static ssize_t(*real) parameters;                                           \
    if (real == NULL) real = REAL(name, ssize_t(*) parameters);                 \
    if (reads_fail() && is_fd_below(fd) && fails()) return -1;                  \
    return real arguments;                                                      \
  }
READ(pread, (int fd, void *data, size_t size, off_t at), (fd, data, size, at))
READ(pread64, (int fd, void *data, size_t size, off64_t at), (fd, data, size, at))

int unlink(const char *path) {
  static int (*real)(const char *);
  if (real == NULL) real = REAL(unlink, int (*)(const char *));
  if (!is_below(path)) return real(path);
  if (fails()) return -1;
  pthread_mutex_lock(&lock);
  char line[4200];
  snprintf(line, sizeof line, "U %s", path);
  record(line, NULL, 0);
  int outcome = real(path);
  pthread_mutex_unlock(&lock);
  return outcome;
}
