// SPDX-License-Identifier: MIT
#include "enrich/netns.h"

#include "enrich/proc_file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unordered_set>

namespace slotscope::enrich {
namespace {

constexpr std::uint64_t kNamesAreFreshNs = 10'000'000'000;
constexpr std::size_t kMostNamespaces = 4096;
constexpr std::size_t kMostProcesses = 65'536;

} // namespace

NetworkNamespaces::NetworkNamespaces(NetworkNamespacePlaces places)
    : places_(std::move(places))
{
    struct stat status {};
    if (::stat((places_.proc + "/self/ns/net").c_str(), &status) != 0)
        return;
    device_ = status.st_dev;
    own_ = static_cast<std::uint32_t>(status.st_ino); // the kernel numbers namespaces with 32 bits
}

// 0 where it is not a namespace: what is left in /run/netns after its mount has gone is a plain file.
std::uint32_t NetworkNamespaces::inode_of(const std::string& path) const
{
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || (own_ != 0 && status.st_dev != device_))
        return 0;
    return static_cast<std::uint32_t>(status.st_ino);
}

std::vector<NetworkNamespace> NetworkNamespaces::reachable(std::uint64_t* hidden) const
{
    std::vector<NetworkNamespace> result;
    std::unordered_set<std::uint32_t> seen;
    const auto add = [&](std::string path) {
        const std::uint32_t inode = inode_of(path);
        if (inode != 0 && seen.insert(inode).second)
            result.push_back({inode, std::move(path)});
        return result.size() < kMostNamespaces;
    };

    add(places_.proc + "/self/ns/net");
    for_each_entry(places_.named, [&](const char* name) { return add(places_.named + "/" + name); });
    for (const std::string& place : places_.unnamed)
        for_each_entry(place, [&](const char* name) { return add(place + "/" + name); });
    std::size_t processes = 0;
    std::uint64_t unseen = 0;
    for_each_entry(places_.proc, [&](const char* name) {
        if (!is_process_number(name))
            return true;
        errno = 0;
        const bool more = ++processes <= kMostProcesses && add(places_.proc + "/" + name + "/ns/net");
        unseen += errno == EACCES || errno == EPERM;
        return more;
    });
    if (hidden)
        *hidden = unseen;
    return result;
}

std::string NetworkNamespaces::name(std::uint32_t inode, std::uint64_t now_ns)
{
    if (!names_read_ || now_ns >= names_read_ns_ + kNamesAreFreshNs) {
        names_.clear();
        for_each_entry(places_.named, [&](const char* entry) {
            if (const std::uint32_t found = inode_of(places_.named + "/" + entry))
                names_.emplace(found, entry);
            return names_.size() < kMostNamespaces;
        });
        names_read_ = true;
        names_read_ns_ = now_ns;
    }
    const auto found = names_.find(inode);
    return found == names_.end() ? std::to_string(inode) : found->second;
}

Result<Fd> open_namespace(const NetworkNamespace& wanted)
{
    Fd file(::open(wanted.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file)
        return system_error("cannot open the network namespace " + wanted.path, errno);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        return system_error("cannot look at the network namespace " + wanted.path, errno);
    if (static_cast<std::uint32_t>(status.st_ino) != wanted.inode)
        return Error{wanted.path + " is not the network namespace " + std::to_string(wanted.inode) +
                         " any more",
                     ESTALE};
    return file;
}

} // namespace slotscope::enrich
