// The directories of a lake that an export writes into.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/output_path.hpp"

namespace snapq::exports {

// Opens each directory once, and its files and directories by their names in it, so that nothing is written
// outside the lake, whatever another user puts under a name. Directories that did not exist are removed again
// by the destructor or by a signal, unless they are kept or hold something.
class LakeFolders {
public:
    // Creates the directory of the lake and those above it where necessary. Throws SystemError.
    explicit LakeFolders(const std::string& lake);
    LakeFolders(const LakeFolders&) = delete;
    LakeFolders& operator=(const LakeFolders&) = delete;
    ~LakeFolders();

    // The directory below the lake that is reached by these names, one in another. It lives as long as this
    // object. Throws SystemError.
    const io::OutputFolder& open(const std::vector<std::string>& names);
    void keep();

private:
    const io::OutputFolder* open_with_parents(const std::string& directory);

    std::vector<std::unique_ptr<io::OutputFolder>> m_folders;  // each after the one that it is in
    const io::OutputFolder* m_lake;                            // initialized after m_folders, which owns it
};

}  // namespace snapq::exports
