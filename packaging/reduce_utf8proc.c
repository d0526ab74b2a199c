/* Prints a smaller utf8proc_data.c, for packaging/static_libraries.sh, which compiles this next to the sources of
 * utf8proc. Only two properties of a character are kept: its width, and whether it is ignorable. Most characters then
 * have the same properties, and most blocks of 256 characters are the same. */
#include "utf8proc.c"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CODES = 0x110000, BLOCK = 256, BLOCKS = CODES / BLOCK, MOST = 255 };

static utf8proc_property_t kept[MOST];
static int kept_count = 0;
static unsigned short of_code[CODES];
static unsigned short block_at[BLOCKS];
static unsigned short blocks[CODES];
static int blocks_size = 0;

static utf8proc_property_t reduced(const utf8proc_property_t* full) {
    utf8proc_property_t result;
    memset(&result, 0, sizeof result);
    result.ignorable = full->ignorable;
    result.charwidth = full->charwidth;
    return result;
}

static int number_of(utf8proc_property_t property) {
    for (int at = 0; at < kept_count; ++at) {
        if (memcmp(&kept[at], &property, sizeof property) == 0) return at;
    }
    if (kept_count == MOST) exit(1);
    kept[kept_count] = property;
    return kept_count++;
}

static int place_of(const unsigned short* block) {
    for (int at = 0; at < blocks_size; at += BLOCK) {
        if (memcmp(blocks + at, block, BLOCK * sizeof *block) == 0) return at;
    }
    memcpy(blocks + blocks_size, block, BLOCK * sizeof *block);
    blocks_size += BLOCK;
    return blocks_size - BLOCK;
}

static void print_table(const char* type, const char* name, const unsigned short* values, int count) {
    printf("static const %s %s[] = {", type, name);
    for (int at = 0; at < count; ++at) printf("%s%d,", at % 32 == 0 ? "\n" : "", values[at]);
    printf("\n};\n");
}

int main(void) {
    /* The library gives the first property to what is no character. */
    number_of(reduced(utf8proc_get_property(-1)));
    for (int code = 0; code < CODES; ++code) {
        of_code[code] = (unsigned short)number_of(reduced(utf8proc_get_property(code)));
    }
    for (int block = 0; block < BLOCKS; ++block) block_at[block] = (unsigned short)place_of(of_code + block * BLOCK);
    printf("static const utf8proc_uint16_t utf8proc_sequences[] = {0};\n");
    printf("static const utf8proc_uint16_t utf8proc_combinations[] = {0};\n");
    print_table("utf8proc_uint16_t", "utf8proc_stage1table", block_at, BLOCKS);
    print_table("utf8proc_uint8_t", "utf8proc_stage2table", blocks, blocks_size);
    printf("static const utf8proc_property_t utf8proc_properties[] = {\n");
    for (int at = 0; at < kept_count; ++at) {
        printf("{.ignorable = %d, .charwidth = %d},\n", kept[at].ignorable, kept[at].charwidth);
    }
    printf("};\n");
    return ferror(stdout) != 0;
}
