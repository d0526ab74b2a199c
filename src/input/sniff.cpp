#include "input/sniff.hpp"

#include <algorithm>

#include "input/container.hpp"
#include "input/other_files.hpp"
#include "io/file_source.hpp"
#include "io/window.hpp"

namespace snapq::input {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF"sv;
constexpr std::string_view k_blanks = " \t\r\n"sv;

Sniffed other(const OtherFile& file) {
    return {.kind = FileKind::other, .what = std::string(file.what), .hint = std::string(file.hint)};
}

std::size_t mark_length(std::string_view head) {
    return head.starts_with(k_byte_order_mark) ? k_byte_order_mark.size() : 0;
}

// Whether `line` is a name as in a GLOBAL opcode.
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

bool is_pickle(std::string_view head) {
    return head.size() >= 2 && head[0] == '\x80' && static_cast<unsigned char>(head[1]) <= 15;
}

// After a head of blanks, JSON may still follow in a longer file.
bool is_json(std::string_view head) {
    const char first = first_text_byte(head);
    return first == '{' || first == '[' || (first == '\0' && head.size() >= k_sniff_bytes);
}

}  // namespace

char first_text_byte(std::string_view head) {
    const std::size_t at = head.find_first_not_of(k_blanks, mark_length(head));
    return at == std::string_view::npos ? '\0' : head[at];
}

Sniffed sniff(std::string_view head) {
    for (const Container* container : containers()) {
        if (container->begins(head)) return {.kind = FileKind::container, .container = container};
    }
    if (const auto file = other_binary_file(head)) return other(*file);
    if (is_pickle(head) || is_old_pickle(head)) return {.kind = FileKind::pickle};
    if (const auto file = other_text_file(head)) return other(*file);
    if (is_json(head)) return {.kind = FileKind::json, .skip = mark_length(head)};
    return other(unknown_file(head));
}

Sniffed sniff_file(const std::string& path) {
    io::Window window(std::make_unique<io::FileSource>(path));
    return sniff(window.peek(k_sniff_bytes).substr(0, k_sniff_bytes));
}

}  // namespace snapq::input
