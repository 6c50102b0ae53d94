# Sends one message with Perl's Net::SMTP: starttls, auth, mail, to, data.
use strict;
use warnings;
use Net::SMTP;

# Not die: its exit code is whatever the system said last.
sub failed {
    print STDERR @_, "\n";
    exit 1;
}

my ($host, $port, $ca, $tls, $sender, $recipient, $user, $password) = @ARGV;
my $message = do { local $/; <STDIN> };
my $client = Net::SMTP->new($host, Port => $port, Hello => 'me.client.example', Timeout => 3)
  or failed('no connection: ', $@);
if ($tls eq 'required' or defined $client->supports('STARTTLS')) {
    $client->starttls(SSL_ca_file => $ca, SSL_verifycn_name => $host) or failed('starttls: ', $client->message);
}
if (defined $user) {
    $client->auth($user, $password) or failed('auth: ', $client->message);
}
my $offers = sub { defined $client->supports($_[0]) };
my %options = $offers->('SIZE') ? (Size => length $message) : ();
$options{Bits} = 8 if $offers->('8BITMIME') and $message =~ /[^\x00-\x7f]/;
my @notify = $offers->('DSN') ? ({ Notify => ['FAILURE'] }) : ();
$client->mail($sender, %options) or failed('mail: ', $client->message);
$client->to($recipient, @notify) or failed('to: ', $client->message);
$client->data($message) or failed('data: ', $client->message);
$client->quit;
