// An identity provider as cities run one: the package oidc-provider, with people who sign in without passwords, and slips on demand.
// Usage: node provider.mjs <folder with node_modules> <where people are sent back to>; prints its port.
import { createRequire } from 'node:module'
import http from 'node:http'
import { pathToFileURL } from 'node:url'

// Nobody reads more than the port.
console.info = console.warn = () => {}
const [folder, back] = process.argv.slice(2)
const require = createRequire(`${folder}/node_modules/`)
const load = async (name) => import(pathToFileURL(require.resolve(name)))
const { default: Provider } = await load('oidc-provider')
const { SignJWT, decodeJwt, exportJWK, generateKeyPair, importJWK } = await load('jose')

// What goes wrong with the next token: changed members of it, or another key.
let slip = {}
// Methods by which people sign in there.
let amr = ['pwd']
let key, provider, handler

async function newKey () {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...(await exportJWK(privateKey)), kid: `key-${Date.now()}-${Math.random()}`, alg: 'RS256', use: 'sig' }
}

// The same provider with a new key: the old one is not among its keys any more.
async function rotate () {
  key = await newKey()
  provider = new Provider(issuer, {
    clients: [
      { client_id: 'huiliu', client_secret: 'secret-of-the-gateway', redirect_uris: [back], response_types: ['code'], grant_types: ['authorization_code'] }
    ],
    jwks: { keys: [key] },
    pkce: { required: () => true },
    scopes: ['openid', 'profile'],
    claims: { openid: ['sub', 'amr'], profile: ['preferred_username'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    cookies: { keys: ['a key of cookies'] },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id, amr }) })
  })
  provider.use(async (ctx, next) => {
    await next()
    if (ctx.path !== '/token' || !ctx.body?.id_token || Object.keys(slip).length === 0) return
    const { forged, ...members } = slip
    const signing = await importJWK(forged ? { ...(await newKey()), kid: key.kid } : key, 'RS256')
    ctx.body.id_token = await new SignJWT({ ...decodeJwt(ctx.body.id_token), ...members }).setProtectedHeader({ alg: 'RS256', kid: key.kid }).sign(signing)
    slip = {}
  })
  handler = provider.callback()
}

// Whoever has signed in has agreed to everything.
async function interaction (request, response, answer) {
  const { prompt, params, session } = await provider.interactionDetails(request, response)
  if (answer.get('deny')) return provider.interactionFinished(request, response, { error: 'access_denied' })
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: answer.get('account'), amr } })
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
  grant.addOIDCScope(params.scope)
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
}

async function answer (request, response) {
  const url = new URL(request.url, issuer)
  if (url.pathname === '/control') {
    const order = JSON.parse(url.searchParams.get('order'))
    if (order.rotate) await rotate()
    if (order.slip) slip = order.slip
    if (order.amr) amr = order.amr
    return response.end()
  }
  if (url.pathname.startsWith('/interaction/')) return interaction(request, response, url.searchParams)
  return handler(request, response)
}

let issuer
const server = http.createServer((request, response) => answer(request, response).catch((error) => {
  console.error(error)
  response.writeHead(500).end(String(error))
}))
server.listen(0, '127.0.0.1', async () => {
  issuer = `http://127.0.0.1:${server.address().port}`
  await rotate()
  console.log(server.address().port)
})
