// Package oidc signs people in at an OpenID Connect provider, for pages.
//
// It is the authorization code flow of OpenID Connect Core 1.0 section 3.1, with
// PKCE (RFC 7636), and has no handlers of its own. Pages do three things:
//
//	flow, err := oidc.NewFlow(rand.Reader)          // kept for this browser alone
//	address, err := provider.AuthURL(ctx, flow)     // where the browser is sent
//	person, err := provider.Exchange(ctx, flow, q)  // q: the query it comes back with
//
// and then ask [account.Authenticator.SignInWith] for the account of that person.
//
// # What the flow guards against
//
// State ties the answer to the browser that asked: nobody can be signed in to
// somebody else's account by a link. The nonce ties the ID token to this sign-in, and
// PKCE the code: neither is of use when it was seen on the way. The iss parameter of
// RFC 9207 section 2.4, where it is sent, must name the provider.
//
// The provider is asked for its configuration when it is needed first, not when the
// server starts: pages that use passwords work without it.
package oidc
