// SPDX-License-Identifier: MIT
// Listening sockets, by /proc/PID/fd and /proc/PID/net (proc_pid_net(5)).
#include "enrich/proc_file.h"
#include "enrich/process_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>
#include <unistd.h>
#include <utility>
#include <vector>

namespace slotscope::enrich {
namespace {

constexpr std::size_t kMostSockets = 65'536;
constexpr std::string_view kTcpListens = "0A";
constexpr std::string_view kUnixListens = "00010000"; // __SO_ACCEPTCON

using Listening = std::map<std::string, Endpoint>; // by inode

std::vector<std::string_view> words_of(std::string_view line)
{
    std::vector<std::string_view> words;
    for (std::size_t at = line.find_first_not_of(' '); at < line.size();
         at = line.find_first_not_of(' ', at)) {
        const std::size_t end = std::min(line.find(' ', at), line.size());
        words.push_back(line.substr(at, end - at));
        at = end;
    }
    return words;
}

// False: they may not be looked at, or it has gone.
bool add_sockets_of(const std::string& proc, std::uint32_t pid, std::set<std::string>& inodes)
{
    const std::string directory = proc + "/" + std::to_string(pid) + "/fd";
    bool looked = false;
    for_each_entry(directory, [&](const char* name) {
        looked = true;
        std::array<char, 64> target{};
        const ssize_t size = ::readlink((directory + "/" + name).c_str(), target.data(), target.size());
        const std::string_view link(target.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
        if (link.starts_with("socket:[") && link.ends_with(']'))
            inodes.emplace(link.substr(8, link.size() - 9));
        return inodes.size() < kMostSockets;
    });
    return looked;
}

// The kernel prints an address as 32-bit words of its own byte order, and the port in hexadecimal.
bool read_address(std::string_view text, Address& address)
{
    const auto colon = text.find(':');
    if (colon != 8 && colon != 32)
        return false;
    if (std::from_chars(text.data() + colon + 1, text.data() + text.size(), address.port, 16).ec !=
        std::errc())
        return false;
    const bool v4 = colon == 8;
    if (v4)
        address.ip[10] = address.ip[11] = 0xff;
    for (std::size_t word = 0; word < colon / 8; ++word) {
        std::uint32_t value = 0;
        if (std::from_chars(text.data() + word * 8, text.data() + word * 8 + 8, value, 16).ec != std::errc())
            return false;
        std::copy_n(reinterpret_cast<const std::uint8_t*>(&value), 4,
                    address.ip.begin() + (v4 ? 12 : 4 * word));
    }
    return true;
}

// "sl local rem st tx:rx tr:when retrnsmt uid timeout inode": listening sockets come before all others, so a
// hundred thousand connections behind them are not looked at.
void add_tcp(const std::string& path, const std::set<std::string>& inodes, Listening& found)
{
    bool titles = true;
    for_each_line(path, [&](std::string_view line) {
        if (std::exchange(titles, false))
            return true;
        const auto words = words_of(line);
        if (words.size() < 10 || words[3] != kTcpListens)
            return false;
        Endpoint endpoint;
        if (inodes.contains(std::string(words[9])) && read_address(words[1], endpoint.tcp))
            found.emplace(words[9], endpoint);
        return true;
    });
}

// "Num RefCount Protocol Flags Type St Inode Path"
void add_unix(const std::string& path, const std::set<std::string>& inodes, Listening& found)
{
    for_each_line(path, [&](std::string_view line) {
        const auto words = words_of(line);
        if (words.size() >= 8 && words[3] == kUnixListens && words[4] == "0001" &&
            inodes.contains(std::string(words[6])))
            found.emplace(
                words[6],
                Endpoint{{},
                         std::string(line.substr(static_cast<std::size_t>(words[7].data() - line.data())))});
        return true;
    });
}

// Those of INODES that listen, in the network namespace of PID.
Listening listening_among(const std::string& proc, std::uint32_t pid, const std::set<std::string>& inodes)
{
    const std::string net = proc + "/" + std::to_string(pid) + "/net/";
    Listening found;
    add_tcp(net + "tcp", inodes, found);
    add_tcp(net + "tcp6", inodes, found);
    add_unix(net + "unix", inodes, found);
    return found;
}

} // namespace

std::vector<Endpoint> listening_sockets(const std::string& proc, const std::vector<std::uint32_t>& processes)
{
    if (processes.empty())
        return {};
    std::set<std::string> inodes;
    for (const std::uint32_t pid : processes)
        add_sockets_of(proc, pid, inodes);
    std::set<Endpoint> found;
    for (auto& [inode, endpoint] : listening_among(proc, processes.front(), inodes))
        found.insert(endpoint);
    return {found.begin(), found.end()};
}

std::vector<std::uint32_t> not_listening(const std::string& proc, const std::vector<std::uint32_t>& processes)
{
    std::set<std::string> inodes;
    if (processes.empty() || !add_sockets_of(proc, processes.front(), inodes))
        return {};
    const Listening listening = listening_among(proc, processes.front(), inodes);
    if (listening.empty())
        return {};
    std::vector<std::uint32_t> result;
    for (const std::uint32_t pid : processes) {
        std::set<std::string> own;
        if (add_sockets_of(proc, pid, own) &&
            std::none_of(own.begin(), own.end(),
                         [&](const std::string& inode) { return listening.contains(inode); }))
            result.push_back(pid);
    }
    return result;
}

} // namespace slotscope::enrich
