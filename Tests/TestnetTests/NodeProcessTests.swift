import Foundation
import Glibc
import Testing
import Testnet

@Suite("processes")
struct NodeProcessTests {
  /// Something that takes `--config FILE` and waits until it is asked to end.
  private func withProgram(_ script: String, _ body: (String, String) async throws -> Void) async throws {
    let directory = NSTemporaryDirectory() + "/pricefloor-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let program = directory + "/program"
    try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: program))
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program)
    try await body(program, directory)
  }

  private static let patient = "trap 'exit 0' TERM; while :; do sleep 0.05; done"

  @Test("a process is started, known again, and ended")
  func life() async throws {
    try await withProgram(Self.patient) { program, directory in
      let process = try NodeProcess.start(
        program: program, configuration: directory + "/floord.yaml", log: directory + "/log")
      #expect(process.isRunning)
      let coded = try JSONDecoder().decode(NodeProcess.self, from: try JSONEncoder().encode(process))
      #expect(coded.isRunning)
      coded.signal(SIGTERM)
      #expect(await coded.ended(within: 10))
      #expect(!process.isRunning)
    }
  }

  @Test("a process that took the number of another is not touched")
  func otherProcess() async throws {
    try await withProgram(Self.patient) { program, directory in
      let process = try NodeProcess.start(
        program: program, configuration: directory + "/floord.yaml", log: directory + "/log")
      let text = String(decoding: try JSONEncoder().encode(process), as: UTF8.self)
      let later = text.replacingOccurrences(of: "\(process.startTicks)", with: "\(process.startTicks + 1)")
      let other = text.replacingOccurrences(of: "floord.yaml", with: "another.yaml")
      for forged in [later, other] {
        let stranger = try JSONDecoder().decode(NodeProcess.self, from: Data(forged.utf8))
        #expect(!stranger.isRunning)
        stranger.signal(SIGKILL)
      }
      try await Task.sleep(for: .milliseconds(100))
      #expect(process.isRunning)
      process.signal(SIGKILL)
      #expect(await process.ended(within: 10))
    }
  }

  @Test("a program that does not exist")
  func noProgram() async throws {
    let error = #expect(throws: TestnetError.self) {
      try NodeProcess.start(program: "/nowhere/floord", configuration: "c", log: "/dev/null")
    }
    #expect(error?.code == "NODE_NOT_STARTED")
    #expect(throws: TestnetError.self) { try TestNetwork.program(named: "/nowhere/floord") }
  }

  @Test("ports are distinct and free")
  func ports() throws {
    let ports = try FreePorts.find(50)
    #expect(Set(ports).count == 50)
    #expect(ports.allSatisfy(FreePorts.range.contains))
  }
}
