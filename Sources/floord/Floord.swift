import ArgumentParser
import Foundation
import Logging
import Node

/// The node daemon of one member.
@main
struct Floord: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "floord", abstract: "The node of one member: negotiates, agrees, keeps and serves the floor table.",
    discussion: """
      Signals: TERM and INT stop cleanly, HUP reads log.level and peers again.
      Exit status: 0 stopped or checked; 1 the self-test failed; 2 wrong usage or configuration; 3 a port cannot be had;
      4 a file (genesis, key, certificate, vectors) was refused; 5 the journal cannot be used, or a commit failed.
      """, version: "floord \(NodeVersion.text)")

  @Option(name: .long, help: "The configuration file; Deploy/floord.yaml explains every key.")
  var config: String

  @Flag(name: .long, help: "Check the configuration and the files that it names, and exit.")
  var checkConfig = false

  /// Runs the program; wrong usage ends with 2, as with every program here.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
    } catch {
      guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
      FileHandle.standardError.write(Data((fullMessage(for: error) + "\n").utf8))
      Foundation.exit(2)
    }
  }

  func run() async throws {
    do throws(NodeFailure) {
      let settings = try read()
      if checkConfig {
        _ = try NodeMaterial.load(settings)
        print("\(config): the configuration and the files that it names are in order")
      } else {
        try await serve(settings)
      }
    } catch {
      FileHandle.standardError.write(Data("floord: \(error.code): \(error.sentence)\n".utf8))
      throw ExitCode(error.exitStatus)
    }
  }

  private func read() throws(NodeFailure) -> NodeConfiguration {
    do throws(ConfigurationError) {
      return try NodeConfiguration.read(config, environment: ProcessInfo.processInfo.environment)
    } catch {
      throw .configuration(error)
    }
  }

  private func serve(_ settings: NodeConfiguration) async throws(NodeFailure) {
    let output = LogOutput(format: settings.logFormat, level: Logger.Level(rawValue: settings.logLevel) ?? .info)
    let node = try await MemberNode.start(settings, output: output) { (surroundings) throws(NodeFailure) in
      try DeskHost(surroundings)
    }
    let signals = SignalWatch { signal in
      switch signal {
      case SIGHUP:
        do throws(NodeFailure) {
          let changed = try read()
          output.setLevel(Logger.Level(rawValue: changed.logLevel) ?? .info)
          node.reload(changed)
        } catch { node.refuseReload(error) }
      default: node.stop()
      }
    }
    defer { signals.end() }
    if let failure = await node.run() { throw failure }
  }
}
