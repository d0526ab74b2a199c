#include "input/sniff.hpp"

#include <algorithm>
#include <array>

#include "io/file_source.hpp"
#include "io/window.hpp"

namespace snapq::input {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF"sv;
constexpr std::string_view k_blanks = " \t\r\n"sv;

struct Magic {
    std::string_view bytes;
    std::string_view what;
};

// Files that users pass by mistake. If one signature is the beginning of another, the longer one comes first.
constexpr std::array k_known_files = {
    Magic{"\x89PNG"sv, "a PNG picture"},
    Magic{"\xFF\xD8\xFF"sv, "a JPEG picture"},
    Magic{"GIF8"sv, "a GIF picture"},
    Magic{"%PDF"sv, "a PDF document"},
    Magic{"SQLite format 3\0"sv, "a SQLite database"},
    Magic{"\x7F"
          "ELF"sv,
          "a program or library (ELF)"},
    Magic{"\xFD"
          "7zXZ\0"sv,
          "xz-compressed data (unpack it first: unxz)"},
    Magic{"BZh"sv, "bzip2-compressed data (unpack it first: bunzip2)"},
    Magic{"\x04\x22\x4D\x18"sv, "lz4-compressed data (unpack it first: unlz4)"},
    Magic{"7z\xBC\xAF\x27\x1C"sv, "a 7z archive (unpack it first)"},
    Magic{"Rar!"sv, "a RAR archive (unpack it first)"},
    Magic{"\x93NUMPY"sv, "a NumPy array"},
    Magic{"\x89HDF"sv, "an HDF5 file"},
    Magic{"\xFF\xFE"sv, "text in UTF-16 (save it as UTF-8)"},
    Magic{"\xFE\xFF"sv, "text in UTF-16 (save it as UTF-8)"},
    Magic{"version https://git-lfs"sv, "a Git LFS pointer (fetch the file: git lfs pull)"},
};

// torch.save before PyTorch 1.6 wrote a pickled magic number before the actual pickle.
constexpr std::string_view k_old_torch_save =
    "\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19\x2E"sv;

Sniffed other(std::string_view what) {
    return {FileKind::other, std::string(what), 0};
}

bool is_skippable_zstd_frame(std::string_view head) {
    return head.size() >= 4 && (static_cast<unsigned char>(head[0]) & 0xF0) == 0x50 &&
           head.substr(1, 3) == "\x2A\x4D\x18"sv;
}

// `line` is a name as in a GLOBAL opcode.
bool is_dotted_name(std::string_view line) {
    return !line.empty() && std::all_of(line.begin(), line.end(), [](char character) {
        const bool is_letter =
            (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
        return is_letter || (character >= '0' && character <= '9') || character == '_' || character == '.';
    });
}

// "c" MODULE newline NAME newline, then an opcode that uses the global. Such a pickle has an OrderedDict as
// its outermost value.
bool starts_with_global(std::string_view head) {
    if (!head.starts_with('c')) return false;
    const std::size_t first = head.find('\n');
    const std::size_t second = first == std::string_view::npos ? first : head.find('\n', first + 1);
    if (second == std::string_view::npos || second + 1 >= head.size()) return false;
    return is_dotted_name(head.substr(1, first - 1)) &&
           is_dotted_name(head.substr(first + 1, second - first - 1)) &&
           "pqr()"sv.find(head[second + 1]) != std::string_view::npos;
}

// A snapshot is a dict or a list. Without PROTO it begins with EMPTY_DICT or EMPTY_LIST (protocol 1), or with
// MARK, followed by DICT, LIST, or the first key or item (protocol 0). A text that begins with `[` is left to
// JSON, because `[` is not an opcode.
bool is_old_pickle(std::string_view head) {
    if (head.size() < 2) return false;
    if (head[0] == '}' || head[0] == ']') return "q(.rsu"sv.find(head[1]) != std::string_view::npos;
    if (head[0] == '(') return "dl(VSUXc"sv.find(head[1]) != std::string_view::npos;
    return starts_with_global(head);
}

// Text may follow blanks and a byte order mark: the official pages begin with a newline.
Sniffed sniff_text(std::string_view head) {
    const std::size_t mark = head.starts_with(k_byte_order_mark) ? k_byte_order_mark.size() : 0;
    const std::size_t at = head.find_first_not_of(k_blanks, mark);
    if (at == std::string_view::npos) {
        // After a head of blanks, JSON may still follow in a longer file. A whole file of blanks is not a
        // snapshot.
        return head.size() < k_sniff_bytes ? other("a file of nothing but blanks")
                                           : Sniffed{FileKind::json, "", mark};
    }
    if (head[at] == '{' || head[at] == '[') return {FileKind::json, "", mark};
    if (head[at] == '<') return {FileKind::html, "", 0};
    const bool is_binary = std::any_of(head.begin(), head.end(), [](char character) {
        return static_cast<unsigned char>(character) < 0x20 &&
               "\t\n\r\f\v\b\x1B"sv.find(character) == std::string_view::npos;
    });
    return other(is_binary ? "binary data of an unknown kind" : "text");
}

}  // namespace

Sniffed sniff(std::string_view head) {
    if (head.empty()) return other("an empty file");
    if (head.starts_with("\x1F\x8B"sv)) return {FileKind::gzip, "", 0};
    if (head.starts_with("\x28\xB5\x2F\xFD"sv) || is_skippable_zstd_frame(head))
        return {FileKind::zstd, "", 0};
    if (head.starts_with("PK\x03\x04"sv) || head.starts_with("PK\x05\x06"sv)) return {FileKind::zip, "", 0};
    if (head.starts_with(k_old_torch_save))
        return other("a file of torch.save's format before PyTorch 1.6 (save it again)");
    if (head.size() >= 2 && head[0] == '\x80' && static_cast<unsigned char>(head[1]) <= 15)
        return {FileKind::pickle, "", 0};
    for (const Magic& magic : k_known_files) {
        if (head.starts_with(magic.bytes)) return other(magic.what);
    }
    if (head.size() > 262 && head.substr(257, 5) == "ustar"sv)
        return other("a tar archive (unpack it first)");
    if (is_old_pickle(head)) return {FileKind::pickle, "", 0};
    return sniff_text(head);
}

Sniffed sniff_file(const std::string& path) {
    io::Window window(std::make_unique<io::FileSource>(path));
    return sniff(window.peek(k_sniff_bytes).substr(0, k_sniff_bytes));
}

}  // namespace snapq::input
