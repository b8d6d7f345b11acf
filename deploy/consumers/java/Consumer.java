import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.CancelCallback;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DeliverCallback;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * A downstream platform in one page: takes tickets from a feed, signs and resolves them.
 *
 * <pre>
 * apt-get install default-jdk-headless librabbitmq-client-java libjackson2-databind-java
 * java -cp /usr/share/java/amqp-client.jar:/usr/share/java/slf4j-api.jar:/usr/share/java/jackson-databind.jar:/usr/share/java/jackson-core.jar:/usr/share/java/jackson-annotations.jar Consumer.java [QUEUE] [COUNT]
 * </pre>
 *
 * The broker's address is HULIU_AMQP_URL, the exchange of status updates HULIU_STATUS (huiliu.status).
 */
public final class Consumer {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Ticket id to the last version applied; a real platform keeps this in its database. */
    private final Map<String, Long> applied = new HashMap<>();
    /** Ticket id to our counter. */
    private final Map<String, Long> sequences = new HashMap<>();
    private final Channel channel;
    private final String platform;
    private final String user;
    private final String status;

    private Consumer(Channel channel, String platform, String user, String status) {
        this.channel = channel;
        this.platform = platform;
        this.user = user;
        this.status = status;
    }

    private void say(String ticket, String state, String result) throws Exception {
        ObjectNode update = JSON.createObjectNode();
        update.put("update_id", UUID.randomUUID().toString());
        update.put("platform", platform);
        update.put("ticket_id", ticket);
        update.put("sequence", sequences.merge(ticket, 1L, Long::sum));
        update.put("status", state);
        update.put("occurred_at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        update.put("result", result);
        AMQP.BasicProperties properties = new AMQP.BasicProperties.Builder()
            .deliveryMode(2).contentType("application/json").userId(user).build();
        channel.basicPublish(status, platform, properties, JSON.writeValueAsBytes(update));
    }

    private void apply(byte[] body) throws Exception {
        JsonNode event = JSON.readTree(body);
        JsonNode ticket = event.get("data");
        String id = ticket.get("ticket_id").asText();
        long version = ticket.get("version").asLong();
        // Rule 1: a repeat or an older version changes nothing.
        if (version <= applied.getOrDefault(id, 0L)) {
            return;
        }
        applied.put(id, version);
        System.out.println(event.get("type").asText() + " " + id + " " + version + " " + ticket.get("title").asText());
        // A ticket is new here when it was made, or came from elsewhere.
        boolean entered = ticket.get("change").path("entered").asBoolean();
        if (entered || ticket.get("change").get("event").asText().equals("created")) {
            say(id, "accepted", null);
            say(id, "resolved", "经核查，问题已处理完毕。");
            channel.waitForConfirmsOrDie(30_000);
        }
    }

    public static void main(String[] arguments) throws Exception {
        String queue = arguments.length > 0 ? arguments[0] : "huiliu.feed.command";
        int count = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 0;
        String status = System.getenv().getOrDefault("HULIU_STATUS", "huiliu.status");
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(System.getenv().getOrDefault("HULIU_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/%2f"));
        // An ended connection ends the program: it starts anew, and what was not acknowledged comes again.
        factory.setAutomaticRecoveryEnabled(false);
        CompletableFuture<Void> ended = new CompletableFuture<>();
        try (Connection connection = factory.newConnection(); Channel channel = connection.createChannel()) {
            channel.confirmSelect();
            channel.basicQos(50);
            // Updates carry the name of the feed, and the user of the connection, which the broker checks.
            String platform = queue.startsWith("huiliu.feed.") ? queue.substring("huiliu.feed.".length()) : queue;
            Consumer consumer = new Consumer(channel, platform, factory.getUsername(), status);
            int[] seen = {0};
            DeliverCallback deliver = (tag, delivery) -> {
                try {
                    consumer.apply(delivery.getBody());
                    // Rule 2: only after it is stored.
                    channel.basicAck(delivery.getEnvelope().getDeliveryTag(), false);
                    seen[0] += 1;
                    if (count > 0 && seen[0] >= count) {
                        ended.complete(null);
                    }
                } catch (Exception failure) {
                    ended.completeExceptionally(failure);
                }
            };
            CancelCallback cancelled = tag -> ended.completeExceptionally(new IllegalStateException("the queue is gone"));
            channel.addShutdownListener(cause -> ended.completeExceptionally(cause));
            channel.basicConsume(queue, false, deliver, cancelled);
            ended.get();
        }
    }
}
