#include "input/sniff.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <string>

#include "input/container.hpp"
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

namespace {

using namespace std::string_view_literals;

// A kind of file, and the bytes or the text by which it is recognised.
struct Magic {
    std::string_view bytes;
    OtherFile file;
};

// If one signature is the beginning of another, the longer one comes first.
constexpr std::array k_magics = {
    // torch.save before PyTorch 1.6 wrote a pickled magic number before the actual pickle.
    Magic{"\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19\x2E"sv,
          {"a file of torch.save's format before PyTorch 1.6 (save it again)"}},
    Magic{"\x89PNG"sv, {"a PNG picture"}},
    Magic{"\xFF\xD8\xFF"sv, {"a JPEG picture"}},
    Magic{"GIF8"sv, {"a GIF picture"}},
    Magic{"%PDF"sv, {"a PDF document"}},
    Magic{"SQLite format 3\0"sv, {"a SQLite database"}},
    Magic{"\x7F"
          "ELF"sv,
          {"a program or library (ELF)"}},
    Magic{"\xFD"
          "7zXZ\0"sv,
          {"xz-compressed data (unpack it first: unxz)"}},
    Magic{"BZh"sv, {"bzip2-compressed data (unpack it first: bunzip2)"}},
    Magic{"\x04\x22\x4D\x18"sv, {"lz4-compressed data (unpack it first: unlz4)"}},
    Magic{"7z\xBC\xAF\x27\x1C"sv, {"a 7z archive (unpack it first)"}},
    Magic{"Rar!"sv, {"a RAR archive (unpack it first)"}},
    Magic{"\x93NUMPY"sv, {"a NumPy array"}},
    Magic{"\x89HDF"sv, {"an HDF5 file"}},
    Magic{"\xFF\xFE"sv, {"text in UTF-16 (save it as UTF-8)"}},
    Magic{"\xFE\xFF"sv, {"text in UTF-16 (save it as UTF-8)"}},
    Magic{"version https://git-lfs"sv, {"a Git LFS pointer (fetch the file: git lfs pull)"}},
    Magic{"memray"sv, {"a recording of memray, which has the memory of the CPU", k_how_to_record}},
};

// A file is recognised by one of these texts anywhere in its head.
constexpr std::array k_texts = {
    Magic{"PyTorch CUDA memory summary"sv, {"the table of torch.cuda.memory_summary()", k_how_to_record}},
    Magic{"allocated_bytes.all."sv, {"the printed statistics of torch.cuda.memory_stats()", k_how_to_record}},
    Magic{"CUDA out of memory"sv, {"text with the message of an out-of-memory error", k_how_to_record}},
};

constexpr std::string_view k_how_to_dump =
    "Python cannot read this text back; write the snapshot by pickle.dump(snapshot, file), json.dump, or "
    "torch.cuda.memory._dump_snapshot(\"run.pickle\")";
constexpr OtherFile k_printed_snapshot{"a snapshot printed as text by str(), repr() or pprint",
                                       k_how_to_dump};
constexpr OtherFile k_printed_object{"a Python object printed as text by str(), repr() or pprint",
                                     k_how_to_dump};
constexpr OtherFile k_numbers{
    "a list of numbers, such as the memory timeline of torch.profiler (export_memory_timeline)",
    k_how_to_record};
constexpr OtherFile k_safetensors{"a safetensors file", k_how_to_record};

constexpr std::string_view k_how_to_save =
    "save the snapshot itself: torch.cuda.memory._dump_snapshot(\"run.pickle\")";

// A page is recognised by the first text in this list that it contains.
constexpr std::array k_pages = {
    // each text has at most PageKind::k_overlap bytes
    Magic{"GPU Memory Timeline HTML"sv,
          {"a memory timeline of torch.profiler (export_memory_timeline)", k_how_to_record}},
    Magic{"\"elements_info\""sv, {"a drawing by the viewer of PyTorch 2.0 or older", k_how_to_save}},
    Magic{"MemoryViz.js"sv, {"a page of PyTorch's memory viewer", k_how_to_save}},
    Magic{"<svg"sv, {"a picture in SVG, such as a flame graph, or a page with one", k_how_to_save}},
};
constexpr OtherFile k_unknown_page{"a web page", k_how_to_record};

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

// A safetensors file begins with the length of its header in 8 bytes; the header is JSON.
bool is_safetensors(std::string_view head) {
    return head.size() > 8 && head[8] == '{' && head.substr(5, 3) == "\0\0\0"sv &&
           (contains(head, "\"data_offsets\"") || contains(head, "\"__metadata__\""));
}

std::string without_blanks(std::string_view head) {
    std::string dense;
    std::ranges::copy_if(head, std::back_inserter(dense),
                         [](char c) { return " \t\r\n"sv.find(c) == std::string_view::npos; });
    return dense;
}

// `dense` has no blanks. A printed dict begins with a key in single quotes; a printed list begins with such a
// dict.
bool is_printed(std::string_view dense) {
    return dense.starts_with("{'") || dense.starts_with("[{'") || dense.starts_with("OrderedDict(") ||
           dense.starts_with("defaultdict(");
}

bool is_printed_snapshot(std::string_view dense) {
    return std::ranges::any_of(
        std::array{"'segments':"sv, "'device_traces':"sv, "'total_size':"sv, "'action':"sv},
        [&](std::string_view key) { return contains(dense, key); });
}

// A snapshot is never a list of lists of numbers.
bool is_list_of_numbers(std::string_view dense) {
    return dense.size() > 2 && dense.starts_with("[[") &&
           (dense[2] == '-' || (dense[2] >= '0' && dense[2] <= '9'));
}

bool is_binary(std::string_view head) {
    return std::ranges::any_of(head, [](char character) {
        return static_cast<unsigned char>(character) < 0x20 &&
               "\t\n\r\f\v\b\x1B"sv.find(character) == std::string_view::npos;
    });
}

}  // namespace

std::optional<OtherFile> other_binary_file(std::string_view head) {
    if (head.empty()) return OtherFile{"an empty file"};
    for (const Magic& magic : k_magics) {
        if (head.starts_with(magic.bytes)) return magic.file;
    }
    if (head.size() > 262 && head.substr(257, 5) == "ustar"sv)
        return OtherFile{"a tar archive (unpack it first)"};
    if (is_safetensors(head)) return k_safetensors;
    return std::nullopt;
}

std::optional<OtherFile> other_text_file(std::string_view head) {
    const std::string dense = without_blanks(head);
    const std::string_view text =
        dense.starts_with("\xEF\xBB\xBF") ? std::string_view(dense).substr(3) : dense;
    if (is_list_of_numbers(text)) return k_numbers;
    const bool looks_like_json = text.starts_with('{') || text.starts_with('[');
    if (looks_like_json && !is_printed(text)) return std::nullopt;
    for (const Magic& known : k_texts) {
        if (contains(head, known.bytes)) return known.file;
    }
    if (!is_printed(text)) return std::nullopt;
    return is_printed_snapshot(text) ? k_printed_snapshot : k_printed_object;
}

OtherFile unknown_file(std::string_view head) {
    if (head.find_first_not_of(" \t\r\n\xEF\xBB\xBF") == std::string_view::npos)
        return {"a file of nothing but blanks"};
    return is_binary(head) ? OtherFile{"binary data of an unknown kind"} : OtherFile{"text"};
}

void PageKind::look_at(std::string_view piece) {
    for (std::size_t i = 0; i < std::min(m_first, k_pages.size()); ++i) {
        if (contains(piece, k_pages[i].bytes)) m_first = i;
    }
}

OtherFile PageKind::file() const {
    return m_first < k_pages.size() ? k_pages[m_first].file : k_unknown_page;
}

}  // namespace snapq::input
