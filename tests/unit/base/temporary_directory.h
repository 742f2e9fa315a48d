// SPDX-License-Identifier: MIT
// A directory that is removed with everything in it.
#pragma once

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>

namespace slotscope {

class TemporaryDirectory {
  public:
    TemporaryDirectory()
    {
        std::string pattern = ::testing::TempDir() + "slotscope-XXXXXX";
        path_ = ::mkdtemp(pattern.data());
    }
    ~TemporaryDirectory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

    // The path of a new file with that content; makes the directories above it.
    std::string write(const std::string& name, const std::string& content) const
    {
        std::string path = *this / name;
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }

  private:
    std::string path_;
};

} // namespace slotscope
