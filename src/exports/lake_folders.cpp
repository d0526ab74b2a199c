#include "exports/lake_folders.hpp"

#include <filesystem>
#include <system_error>

namespace snapq::exports {

LakeFolders::LakeFolders(const std::string& lake) : m_lake(open_with_parents(lake)) {}

LakeFolders::~LakeFolders() {
    while (!m_folders.empty()) m_folders.pop_back();  // an inner one before the one that it is in
}

const io::OutputFolder* LakeFolders::open_with_parents(const std::string& directory) {
    const std::filesystem::path path(directory);
    const std::filesystem::path parent = (path.has_filename() ? path : path.parent_path()).parent_path();
    std::error_code unknown;
    if (!parent.empty() && !std::filesystem::exists(parent, unknown)) open_with_parents(parent.string());
    m_folders.push_back(std::make_unique<io::OutputFolder>(directory));
    return m_folders.back().get();
}

const io::OutputFolder& LakeFolders::open(const std::vector<std::string>& names) {
    const io::OutputFolder* folder = m_lake;
    for (const std::string& name : names) {
        m_folders.push_back(std::make_unique<io::OutputFolder>(*folder, name));
        folder = m_folders.back().get();
    }
    return *folder;
}

void LakeFolders::keep() {
    for (const auto& folder : m_folders) folder->keep();
}

}  // namespace snapq::exports
