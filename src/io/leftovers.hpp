// What runs that were killed left beside their targets, and how it is removed.
//
// A folder may be shared with other users, who can plant names that look like leftovers and exchange what
// lies under a name at any moment. So everything happens on open descriptors and in open directories, and
// nothing of another user is touched. A directory is emptied only when it is certainly a leftover: another
// user who may rename in the folder could have given the name of a leftover to any directory of ours.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "io/output_path.hpp"

namespace snapq::io {

// Marks a directory that is being made where others may rename. It is the first file in it and the last to be
// removed, before the directory gets its final name.
inline constexpr std::string_view k_unfinished_mark = ".snapq-unfinished";

// Removes the temporaries of this target that earlier runs of the same user left and no process has locked.
// Failures are ignored.
void remove_stale_temporaries(const OutputPath& output) noexcept;

// If a killed run of the same user moved the old directory aside, makes it the target again, unless the
// target exists (then the old one is removed) or `is_ours` does not accept it. Failures are ignored.
void restore_directory_put_aside(const OutputPath& output,
                                 const std::function<bool(int directory)>& is_ours) noexcept;

// Removes the open directory and its files, if it holds nothing but plain files. The directory is the entry
// `name` of `parent`.
void remove_flat_directory(int directory, int parent, const std::string& name) noexcept;

}  // namespace snapq::io
