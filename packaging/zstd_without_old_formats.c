/* For packaging/static_libraries.sh: takes the place of what reads the formats before zstd 1.0. Debian's library calls
 * these functions when data begin like such a format. Here all of them answer that the data are not zstd data. */
#define ZSTD_STATIC_LINKING_ONLY
#include <stddef.h>
#include <zstd.h>
#include <zstd_errors.h>

static const size_t unknown = (size_t)-ZSTD_error_prefix_unknown;
static char decoder; /* a null pointer would mean that there is not enough memory */

#define REFUSE(version)                                                                                          \
    void* ZSTD##version##_createDCtx(void) { return &decoder; }                                                  \
    size_t ZSTD##version##_freeDCtx(void* context) { return context == NULL; }                                   \
    size_t ZSTD##version##_decompress_usingDict(void* context, void* to, size_t room, const void* from,          \
                                                size_t size, const void* dictionary, size_t dictionary_size) {   \
        (void)context; (void)to; (void)room; (void)from; (void)size; (void)dictionary; (void)dictionary_size;    \
        return unknown;                                                                                          \
    }                                                                                                            \
    size_t ZSTD##version##_getFrameParams(void* parameters, const void* from, size_t size) {                     \
        (void)parameters; (void)from; (void)size;                                                                \
        return unknown;                                                                                          \
    }                                                                                                            \
    void ZSTD##version##_findFrameSizeInfoLegacy(const void* from, size_t size, size_t* compressed,              \
                                                 unsigned long long* most) {                                     \
        (void)from; (void)size;                                                                                  \
        *compressed = unknown;                                                                                   \
        *most = ZSTD_CONTENTSIZE_ERROR;                                                                          \
    }                                                                                                            \
    void* ZBUFF##version##_createDCtx(void) { return &decoder; }                                                 \
    size_t ZBUFF##version##_freeDCtx(void* context) { return context == NULL; }                                  \
    size_t ZBUFF##version##_decompressInitDictionary(void* context, const void* dictionary, size_t size) {       \
        (void)context; (void)dictionary; (void)size;                                                             \
        return unknown;                                                                                          \
    }                                                                                                            \
    size_t ZBUFF##version##_decompressContinue(void* context, void* to, size_t* room, const void* from,          \
                                               size_t* size) {                                                   \
        (void)context; (void)to; (void)from;                                                                     \
        *room = 0;                                                                                               \
        *size = 0;                                                                                               \
        return unknown;                                                                                          \
    }

REFUSE(v05)
REFUSE(v06)
REFUSE(v07)
