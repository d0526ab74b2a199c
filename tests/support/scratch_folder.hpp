// Files for a test, and a temporary folder for them.
#pragma once

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace snapq::tests {

inline void write_file(const std::string& path, std::string_view bytes) {
    // The file is removed first, because some file systems write the new content of a truncated file to the
    // disk at once, which is slow.
    std::filesystem::remove(path);
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// A temporary folder for one test. The destructor removes it with its contents.
class ScratchFolder {
public:
    ScratchFolder() : m_path((std::filesystem::temp_directory_path() / "snapq-test-XXXXXX").string()) {
        if (::mkdtemp(m_path.data()) == nullptr) throw std::runtime_error("no scratch folder: " + m_path);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }

    // The path of a file in the folder. The file need not exist.
    [[nodiscard]] std::string operator/(std::string_view name) const {
        return m_path + "/" + std::string(name);
    }
    [[nodiscard]] const std::string& path() const { return m_path; }
    // Writes (or overwrites) a file and returns its path.
    [[nodiscard]] std::string file(std::string_view name, std::string_view bytes) const {
        std::string path = *this / name;
        write_file(path, bytes);
        return path;
    }
    // Names of all entries, hidden ones included, sorted.
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(m_path))
            names.push_back(entry.path().filename());
        std::ranges::sort(names);
        return names;
    }

private:
    std::string m_path;
};

}  // namespace snapq::tests
