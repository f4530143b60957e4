// Starts the real AT Protocol servers (PLC, PDS and, with "appview", the Bluesky AppView) and says where, as one line of JSON.
// It ends when its standard input is closed, so that it never outlives the test that started it.
import net from 'node:net'

// The servers would listen on all interfaces.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...args) {
  const first = args[0]
  if (typeof first === 'number' || (typeof first === 'string' && /^\d+$/.test(first))) {
    const done = args.find((a) => typeof a === 'function')
    return listen.call(this, { port: Number(first), host: '127.0.0.1' }, done)
  }
  if (first && typeof first === 'object' && 'port' in first) {
    return listen.call(this, { ...first, host: '127.0.0.1' }, ...args.slice(1))
  }
  return listen.apply(this, args)
}

process.stdin.resume()
process.stdin.on('end', () => process.exit(0))

const { TestNetwork, TestNetworkNoAppView } = await import(process.env.DEV_ENV)
const pds = { hostname: 'localhost', enableDidDocWithSession: true }
const network = process.argv[2] === 'appview'
  ? await TestNetwork.create({ dbPostgresSchema: 'servers', pds })
  : await TestNetworkNoAppView.create({ pds })

const accounts = {}
for (const name of process.argv.slice(3)) {
  const answer = await fetch(`${network.pds.url}/xrpc/com.atproto.server.createAccount`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ handle: `${name}.test`, email: `${name}@example.com`, password: `password-of-${name}` }),
  })
  if (!answer.ok) throw new Error(await answer.text())
  accounts[name] = (await answer.json()).did
}
process.stdout.write(`\n@@${JSON.stringify({ pds: network.pds.url, appview: network.bsky?.url ?? '', accounts })}\n`)
