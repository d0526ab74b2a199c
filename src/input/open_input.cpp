#include "input/open_input.hpp"

#include <filesystem>
#include <vector>

#include "input/container.hpp"
#include "input/containers/torch_save.hpp"
#include "input/sniff.hpp"
#include "io/file_source.hpp"
#include "io/window.hpp"

namespace snapq::input {
namespace {

// Real chains have one or two containers (for example a page in gzip). Each one costs a buffer and a pass
// over the data.
constexpr std::size_t k_max_depth = 4;
// In bytes. finish() reads up to this much from a pipe, because its writer would otherwise get SIGPIPE. A
// writer that never ends gets it nevertheless.
constexpr std::uint64_t k_max_pipe_rest = std::uint64_t{16} << 20;
constexpr std::size_t k_drain_piece = std::size_t{64} << 10;

// The file at the end of a chain of sources; OpenedInput also keeps it.
class SharedFile final : public ByteSource {
public:
    explicit SharedFile(std::shared_ptr<io::FileSource> file) : m_file(std::move(file)) {}
    std::size_t read(std::span<char> into) override { return m_file->read(into); }
    [[nodiscard]] std::uint64_t consumed() const override { return m_file->consumed(); }

private:
    std::shared_ptr<io::FileSource> m_file;
};

void drain(ByteSource& source, std::uint64_t limit) {
    std::vector<char> piece(k_drain_piece);
    std::uint64_t total = 0;
    while (total < limit) {
        const std::size_t count = source.read(piece);
        if (count == 0) return;
        total += count;
    }
}

}  // namespace

// Opens one container after another.
class InputOpener {
public:
    InputOpener(const std::string& path, const OpenOptions& options) : m_guard(options.max_expansion) {
        m_input.m_file = std::make_shared<io::FileSource>(path);
        m_input.m_display_name = m_input.m_file->name();
        m_input.m_source_name = std::filesystem::path(m_input.m_display_name).filename().string();
        m_input.m_payload_offset = 0;
        m_window = std::make_unique<io::Window>(std::make_unique<SharedFile>(m_input.m_file));
    }

    OpenedInput open() {
        while (true) {
            const Sniffed sniffed = sniff(m_window->peek(k_sniff_bytes).substr(0, k_sniff_bytes));
            switch (sniffed.kind) {
                case FileKind::pickle: return finished(PayloadKind::pickle, sniffed.skip);
                case FileKind::json: return finished(PayloadKind::json, sniffed.skip);
                case FileKind::container: peel(*sniffed.container); break;
                case FileKind::other: refuse(sniffed);
            }
        }
    }

private:
    [[noreturn]] void refuse(const Sniffed& sniffed) const {
        const std::string where =
            m_containers.empty() ? "this is" : "the data inside " + m_containers.back() + " is";
        InputError error(m_input.m_display_name,
                         fmt::format("{} {}, not a memory snapshot", where, sniffed.what));
        error.with_hint(sniffed.hint);
        throw error;
    }

    void peel(const Container& container) {
        if (m_containers.size() == k_max_depth) {
            throw InputError(m_input.m_display_name, fmt::format("containers nested more than {} deep ({})",
                                                                 k_max_depth, fmt::join(m_containers, "+")));
        }
        const bool is_bare = m_containers.empty();
        const std::string name(container.name);
        const std::string shown = is_bare ? name : name + " inside " + m_containers.back();
        const bool can_seek = is_bare && m_input.m_file->size().has_value();
        m_containers.push_back(name);
        Unpacked unpacked = container.open({.window = std::move(m_window),
                                            .context = {m_input.m_display_name, shown},
                                            .guard = m_guard,
                                            .file = can_seek ? m_input.m_file : nullptr});
        m_input.m_payload_offset = unpacked.offset;
        m_window = std::make_unique<io::Window>(std::move(unpacked.bytes));
    }

    OpenedInput finished(PayloadKind kind, std::size_t skip) {
        m_window->skip(skip);
        if (m_input.m_payload_offset) *m_input.m_payload_offset += skip;
        m_input.m_containers = fmt::format("{}", fmt::join(m_containers, " and "));
        m_containers.emplace_back(kind == PayloadKind::pickle ? "pickle" : "json");
        m_input.m_kind_text = fmt::format("{}", fmt::join(m_containers, "+"));
        m_input.m_kind = kind;
        m_input.m_payload = std::move(m_window);
        return std::move(m_input);
    }

    OpenedInput m_input;
    io::ExpansionGuard m_guard;
    std::unique_ptr<io::Window> m_window;
    std::vector<std::string> m_containers;  // from outside to inside
};

std::optional<std::uint64_t> OpenedInput::file_size() const {
    return m_file->size();
}

std::uint64_t OpenedInput::file_bytes() const {
    return m_file->size().value_or(m_file->consumed());
}

InputError OpenedInput::located(const InputError& error) const {
    if (!error.file().empty()) return error;
    std::optional<std::uint64_t> offset = error.offset();
    std::string note;
    if (offset && m_payload_offset) {
        *offset += *m_payload_offset;
    } else if (offset) {
        note = fmt::format(" (counted in the data unpacked from {})", m_containers);
    }
    if (const auto* truncated = dynamic_cast<const TruncatedError*>(&error)) {
        // Only the message and the hint are needed from here on. NOLINTNEXTLINE(cppcoreguidelines-slicing)
        return TruncatedError(m_display_name, *offset, truncated->inside(), note);
    }
    InputError named(m_display_name, error.message() + note, offset);
    named.with_hint(error.hint());
    return named;
}

void OpenedInput::finish() {
    if (!m_containers.empty()) drain(*m_payload, std::numeric_limits<std::uint64_t>::max());
    if (!m_file->size()) drain(*m_file, k_max_pipe_rest);
    m_file->check_unchanged();
}

OpenedInput open_input(const std::string& path, const OpenOptions& options) {
    try {
        return InputOpener(path, options).open();
    } catch (ArchiveError& error) {
        if (path == "-") error.with_hint("give the archive as a file, not through a pipe");
        throw;
    }
}

}  // namespace snapq::input
