// SPDX-License-Identifier: MIT
#include "limits/envoy/clusters.h"

#include "limits/options.h"

namespace slotscope::limits::envoy {
namespace {

class Bootstrap {
  public:
    Bootstrap(Reading& reading, Findings& findings, Configuration& into)
        : reading_(reading)
        , findings_(findings)
        , into_(into)
    {
    }

    void read_file(const std::string& path)
    {
        for (const Node& root : documents_of(path))
            take(root, path);
    }

    void read_text(const std::string& text)
    {
        for (const Node& root : parsed(text, {"command line --config-yaml", 0}))
            take(root, "command line --config-yaml");
    }

  private:
    void take(const Node& root, const std::string& path)
    {
        for (const Node& each : root.at({"static_resources", "clusters"}).items)
            add_cluster(each, path);
        for (const Node& layer : root.at({"layered_runtime", "layers"}).items)
            take_runtime(layer["static_layer"], path, "");
        const Node& source = root.at({"dynamic_resources", "cds_config"});
        if (!source)
            return;
        const std::string file = file_of(source);
        if (file.empty())
            return from_elsewhere(source, path, "clusters come from a management server");
        for (const Node& document : documents_of(file))
            for (const Node& each : document["resources"].items)
                add_cluster(each, file);
    }

    std::vector<Node> documents_of(const std::string& path)
    {
        const auto content = limits::read_file(reading_, findings_, path);
        return content ? parsed(*content, {path, 0}) : std::vector<Node>();
    }

    std::vector<Node> parsed(const std::string& text, Place place)
    {
        Documents documents = parse_documents(text);
        if (!documents.wrong.empty()) {
            findings_.incomplete = true;
            if (place.file.starts_with('/') || place.file.find(' ') == std::string::npos)
                place.line = documents.line;
            not_understood(findings_, place, "", documents.wrong);
        }
        return std::move(documents.list);
    }

    // Of a config source: "path" (v2), "path_config_source" (v3).
    static std::string file_of(const Node& source)
    {
        const Node& now = source.at({"path_config_source", "path"});
        return now ? now.text : source["path"].text;
    }

    void from_elsewhere(const Node& source, const std::string& path, const char* why)
    {
        not_understood(findings_, {path, source.line}, "", std::string(why) + ": only Envoy knows them");
    }

    void add_cluster(const Node& node, const std::string& path)
    {
        Cluster cluster{node, path, {}, path};
        if (const Node& assignment = node["load_assignment"])
            cluster.assignments.push_back(assignment);
        const Node& source = node.at({"eds_cluster_config", "eds_config"});
        const std::string file = file_of(source);
        if (!file.empty()) {
            const Node& service = node.at({"eds_cluster_config", "service_name"});
            const std::string& name = service ? service.text : node["name"].text;
            cluster.assignments_file = file;
            for (const Node& document : documents_of(file))
                for (const Node& each : document["resources"].items)
                    if (each["cluster_name"].text == name)
                        cluster.assignments.push_back(each);
        } else if (source) {
            from_elsewhere(source, path, "its endpoints come from a management server");
        }
        into_.clusters.push_back(std::move(cluster));
    }

    // {circuit_breakers: {app: {default: {max_connections: 5}}}} and "circuit_breakers.app.…": 5
    void take_runtime(const Node& node, const std::string& path, const std::string& above)
    {
        for (const auto& [name, value] : node.members) {
            const std::string key = above.empty() ? name : above + "." + name;
            if (value.kind == Node::Kind::scalar)
                into_.runtime[key] = {value.text, {path, value.line}};
            else
                take_runtime(value, path, key);
        }
    }

    Reading& reading_;
    Findings& findings_;
    Configuration& into_;
};

} // namespace

Configuration read_configuration(Reading& reading, Findings& findings)
{
    Configuration configuration;
    Bootstrap bootstrap(reading, findings, configuration);
    const std::vector<std::string>& argv = reading.instance.main.argv;
    const auto file = option_value(argv, {"-c", "--config-path"});
    const auto text = option_value(argv, {"", "--config-yaml"});
    if (file)
        bootstrap.read_file(*file);
    if (text)
        bootstrap.read_text(*text);
    if (!file && !text)
        not_understood(findings, {"command line", 0}, "", "it names no configuration file");
    return configuration;
}

} // namespace slotscope::limits::envoy
