#include "pipeline/disk_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util/arena.h"
#include "util/env.h"

#define MAGIC "PUMICE1\n" /* in front of the entry; 16 bytes with the zeros behind it */
#define HEAD_B 16u
#define MAX_FILE_B (64u << 20)
#define FOLDER_B (1u << 20)   /* of one subfolder */
#define TOUCH_S (24 * 3600)   /* a use is noted once a day */
#define STALE_S 3600          /* temporary files that old were left behind */
#define NAME_CHARS 30         /* of a file; two more digits name its subfolder */
#define TRIM_EVERY 8          /* additions, on average */

struct name {
    char folder[3], file[NAME_CHARS + 1];
};

static struct name
name_of(const struct pum_hash128 *key)
{
    char hex[33];
    struct name n;
    snprintf(hex, sizeof(hex), "%016llx%016llx", (unsigned long long)key->hi, (unsigned long long)key->lo);
    snprintf(n.folder, sizeof(n.folder), "%.2s", hex);
    snprintf(n.file, sizeof(n.file), "%s", hex + 2);
    return n;
}

/* Only this user and root can have written it, and now write it. */
static bool
trusted(const struct stat *st)
{
    return (st->st_uid == geteuid() || st->st_uid == 0) && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

/* Opens a subfolder of an absolute path. -1: none, or not trusted. */
static int
open_folder(const char *root, const char *sub)
{
    char path[PATH_MAX];
    struct stat st;
    if (snprintf(path, sizeof(path), "%s/%s", root, sub) >= (int)sizeof(path)) {
        return -1;
    }
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0 && trusted(&st)) {
        return fd;
    }
    if (fd >= 0) {
        close(fd);
    }
    return -1;
}

/* The folder that is written to. False: none. */
static bool
own_folder(char path[PATH_MAX])
{
    const struct pum_env *env = pum_env_get();
    int n = -1;
    if (env->cache_dir) {
        n = snprintf(path, PATH_MAX, "%s", env->cache_dir);
    } else if (env->cache_home) {
        n = snprintf(path, PATH_MAX, "%s/pumice", env->cache_home);
    } else if (env->home) {
        n = snprintf(path, PATH_MAX, "%s/.cache/pumice", env->home);
    }
    return n > 0 && n < PATH_MAX;
}

static void
make_folders(const char *root, const char *sub)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/%s", root, sub) >= (int)sizeof(path)) {
        return;
    }
    for (char *at = path + 1; (at = strchr(at, '/')); at++) {
        *at = 0;
        (void)mkdir(path, 0700);
        *at = '/';
    }
    (void)mkdir(path, 0700);
}

static bool
read_all(int fd, uint8_t *to, size_t size_B)
{
    while (size_B) {
        const ssize_t n = read(fd, to, size_B);
        if (n <= 0 && !(n < 0 && errno == EINTR)) {
            return false;
        }
        to += n > 0 ? n : 0;
        size_B -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool
write_all(int fd, const uint8_t *from, size_t size_B)
{
    while (size_B) {
        const ssize_t n = write(fd, from, size_B);
        if (n <= 0 && !(n < 0 && errno == EINTR)) {
            return false;
        }
        from += n > 0 ? n : 0;
        size_B -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* NONBLOCK: a pipe by that name must not stop us. */
static bool
load_from(const char *root, const struct name *name, const struct pum_hash128 *key, struct pum_cache_entry *out)
{
    const int dir = open_folder(root, name->folder);
    if (dir < 0) {
        return false;
    }
    const int fd = openat(dir, name->file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    close(dir);
    if (fd < 0) {
        return false;
    }
    struct stat st;
    bool ok = false;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && trusted(&st) && st.st_size > HEAD_B && st.st_size <= MAX_FILE_B) {
        const size_t size_B = (size_t)st.st_size;
        uint8_t *data = malloc(size_B);
        size_t used_B = 0;
        ok = data && read_all(fd, data, size_B) && memcmp(data, MAGIC, sizeof(MAGIC)) == 0 &&
             pum_cache_entry_read(out, data + HEAD_B, size_B - HEAD_B, &used_B);
        free(data);
        if (ok && (used_B != size_B - HEAD_B || out->key.lo != key->lo || out->key.hi != key->hi)) {
            pum_jit_image_free(&out->image);
            ok = false;
        }
        if (ok && st.st_mtime < time(NULL) - TOUCH_S) {
            (void)futimens(fd, NULL); /* fails where it is not ours: fine */
        }
    }
    close(fd);
    return ok;
}

bool
pum_disk_cache_load(const struct pum_hash128 *key, struct pum_cache_entry *out)
{
    const struct pum_env *env = pum_env_get();
    char root[PATH_MAX];
    const struct name name = name_of(key);
    memset(out, 0, sizeof(*out));
    return env->cache && ((env->cache_ro_dir && load_from(env->cache_ro_dir, &name, key, out)) ||
                          (own_folder(root) && load_from(root, &name, key, out)));
}

/* ---- room ---- */

struct old_file {
    struct timespec used;
    uint64_t size_B;
    char name[NAME_CHARS + 1];
};

static int
by_age(const void *a, const void *b)
{
    const struct timespec *x = &((const struct old_file *)a)->used, *y = &((const struct old_file *)b)->used;
    return x->tv_sec != y->tv_sec ? (x->tv_sec < y->tv_sec ? -1 : 1) : (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

/* Removes the files of a subfolder that were not used for longest, and what interrupted writers left. dir is consumed. */
static void
trim(int dir)
{
    DIR *d = fdopendir(dir);
    struct old_file *files = NULL;
    uint32_t n = 0, cap = 0;
    uint64_t total_B = 0;
    if (!d) {
        close(dir);
        return;
    }
    for (const struct dirent *e; (e = readdir(d));) {
        struct stat st;
        if (fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode)) {
            continue;
        }
        if (strncmp(e->d_name, "tmp-", 4) == 0 && st.st_mtime < time(NULL) - STALE_S) {
            (void)unlinkat(dir, e->d_name, 0);
        }
        if (strspn(e->d_name, "0123456789abcdef") == NAME_CHARS && e->d_name[NAME_CHARS] == 0 &&
            pum_grow((void **)&files, &cap, n + 1, sizeof(*files))) {
            struct old_file *f = &files[n++];
            f->used = st.st_mtim;
            f->size_B = (uint64_t)st.st_size;
            memcpy(f->name, e->d_name, sizeof(f->name));
            total_B += f->size_B;
        }
    }
    if (total_B > FOLDER_B) {
        qsort(files, n, sizeof(*files), by_age);
        for (uint32_t i = 0; i + 1 < n && total_B > FOLDER_B / 4 * 3; i++) { /* one stays, however large */
            (void)unlinkat(dir, files[i].name, 0);
            total_B -= files[i].size_B;
        }
    }
    free(files);
    closedir(d);
}

static bool
put_file(int dir, const struct name *name, const uint8_t *data, size_t size_B)
{
    static uint32_t counter;
    char tmp[64];
    snprintf(tmp, sizeof(tmp), "tmp-%ld-%u", (long)getpid(), __atomic_fetch_add(&counter, 1, __ATOMIC_RELAXED));
    const int fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    bool ok = write_all(fd, data, size_B);
    ok = close(fd) == 0 && ok;
    if (!ok || renameat(dir, tmp, dir, name->file) != 0) {
        (void)unlinkat(dir, tmp, 0);
        return false;
    }
    return true;
}

void
pum_disk_cache_add(const struct pum_cache_entry *e)
{
    char root[PATH_MAX];
    const struct name name = name_of(&e->key);
    const size_t size_B = HEAD_B + pum_cache_entry_bytes(e);
    if (!pum_env_get()->cache || size_B > MAX_FILE_B || !own_folder(root)) {
        return;
    }
    int dir = open_folder(root, name.folder);
    if (dir < 0) {
        make_folders(root, name.folder);
        dir = open_folder(root, name.folder);
    }
    uint8_t *data = dir >= 0 ? calloc(1, size_B) : NULL;
    if (data) {
        memcpy(data, MAGIC, sizeof(MAGIC));
        pum_cache_entry_write(e, data + HEAD_B);
        (void)put_file(dir, &name, data, size_B);
        free(data);
    }
    if (dir >= 0) {
        if (e->key.lo % TRIM_EVERY == 0) {
            trim(dir);
        } else {
            close(dir);
        }
    }
}
