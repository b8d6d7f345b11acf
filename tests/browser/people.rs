//! People at the console: added at the terminal, signed in as they do it the first time.

use huiliu_city::Sandbox;

use crate::driver::Browser;

/// The password that everybody chooses.
pub const OWN: &str = "Seven-Roads-7788";

/// Adds somebody with a role and what else is said of them; their one-time password.
pub async fn add(sandbox: &Sandbox, name: &str, more: &[&str]) -> String {
    let told = sandbox.command(&[&["people", "add", name], more].concat()).await.unwrap();
    told.trim().rsplit(' ').next().unwrap().to_owned()
}

/// Fills in the sign-in page.
pub async fn sign_in(browser: &Browser, sandbox: &Sandbox, name: &str, password: &str) {
    browser.open(&format!("{}/console/sign-in", sandbox.url)).await;
    browser.fill("#name", name).await;
    browser.fill("#password", password).await;
    browser.go("form.sheet button.main").await;
}

/// Chooses a password of one's own, on the page that asks for it.
pub async fn choose_password(browser: &Browser, old: &str) {
    browser.fill("#old", old).await;
    browser.fill("#new", OWN).await;
    browser.fill("#again", OWN).await;
    browser.go("form[action='/console/me/password'] button.main").await;
}

/// Adds somebody who signs in for the first time and chooses a password.
pub async fn enter(browser: &Browser, sandbox: &Sandbox, name: &str, more: &[&str]) {
    let first = add(sandbox, name, more).await;
    sign_in(browser, sandbox, name, &first).await;
    choose_password(browser, &first).await;
    browser.one(".done").await;
}
